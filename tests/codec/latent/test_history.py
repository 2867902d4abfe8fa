"""Tests of codec/latent/history.py."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch import Tensor

from codec.latent.history import COUNTER_MODULUS, History, checksum
from codec.latent.predictor import Phase

CPU = torch.device("cpu")


def _latents(value: int) -> Tensor:
    return torch.full((1, 2, 3, 4), float(value))


def test_an_empty_history_is_a_keyframes() -> None:
    history = History.empty(2, 3, 4, CPU)
    assert history.phase == Phase.KEYFRAME and history.counter == 0
    assert history.past.shape == (1, 2, 3, 4)
    assert not history.past.any() and not history.before.any()


def test_after_a_keyframe_both_pasts_are_the_keyframe() -> None:
    history = History.empty(2, 3, 4, CPU).advanced(_latents(5))
    assert torch.equal(history.past, _latents(5)) and torch.equal(history.before, _latents(5))
    assert history.phase == Phase.AFTER_KEYFRAME and history.counter == 1


def test_it_holds_the_last_two_reference_frames() -> None:
    history = History.empty(2, 3, 4, CPU)
    for value in (5, 6, 7):
        history = history.advanced(_latents(value))
    assert torch.equal(history.past, _latents(7)) and torch.equal(history.before, _latents(6))
    assert history.phase == Phase.INTER and history.counter == 3


def test_the_counter_wraps_and_the_phase_stays() -> None:
    history = History.empty(2, 3, 4, CPU)
    for _ in range(COUNTER_MODULUS + 2):
        history = history.advanced(_latents(1))
    assert history.counter == 2 and history.phase == Phase.INTER


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
