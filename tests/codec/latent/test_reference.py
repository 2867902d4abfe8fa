"""Tests of codec/latent/reference.py."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch import Tensor

from narrowcast.codec.latent.reference import COUNTER_MODULUS, Phase, ReferenceState, checksum

CPU = torch.device("cpu")


def _latents(value: int) -> Tensor:
    return torch.full((1, 2, 3, 4), float(value))


def test_a_keyframe_is_coded_from_an_empty_state() -> None:
    state = ReferenceState.empty((1, 2, 3, 4), CPU)
    assert state.phase == Phase.KEYFRAME and state.counter == 0
    assert state.reference_1.shape == (1, 2, 3, 4)
    assert not state.reference_1.any() and not state.reference_2.any()


def test_after_a_keyframe_both_references_are_the_keyframe() -> None:
    state = ReferenceState.empty((1, 2, 3, 4), CPU).advanced(_latents(5))
    assert torch.equal(state.reference_1, _latents(5)) and torch.equal(state.reference_2, _latents(5))
    assert state.phase == Phase.AFTER_KEYFRAME and state.counter == 1


def test_it_holds_the_last_two_reference_frames() -> None:
    state = ReferenceState.empty((1, 2, 3, 4), CPU)
    for value in (5, 6, 7):
        state = state.advanced(_latents(value))
    assert torch.equal(state.reference_1, _latents(7)) and torch.equal(state.reference_2, _latents(6))
    assert state.phase == Phase.INTER and state.counter == 3


def test_the_counter_wraps_and_the_phase_stays() -> None:
    state = ReferenceState.empty((1, 2, 3, 4), CPU)
    for _ in range(COUNTER_MODULUS + 2):
        state = state.advanced(_latents(1))
    assert state.counter == 2 and state.phase == Phase.INTER


def test_the_checksum_is_crc_32_of_int16_in_channel_row_column_order() -> None:
    y_hat = torch.arange(-12, 12).float().view(1, 2, 3, 4) * 700
    expected = zlib.crc32(np.arange(-12, 12, dtype="<i2").__mul__(700).astype("<i2").tobytes())
    assert checksum(y_hat) == expected
    assert checksum(y_hat.contiguous(memory_format=torch.channels_last)) == expected


def test_the_checksum_sees_a_single_unit() -> None:
    y_hat = _latents(3)
    changed = y_hat.clone()
    changed[0, 1, 2, 3] += 1
    assert checksum(changed) != checksum(y_hat)
