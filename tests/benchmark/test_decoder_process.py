"""Tests of benchmark/decoder_process.py."""

from __future__ import annotations

import numpy as np

import codec
from benchmark.decoder_process import decoder_process, measure
from tests.codec.picture_samples import camera_like


def test_the_process_decodes_what_this_one_decodes() -> None:
    payload = codec.create_encoder("jpeg", width=96, height=64).encode(camera_like(96, 64, seed=1)).payload
    expected = codec.create_decoder("jpeg", width=96, height=64).decode(payload)
    with decoder_process("jpeg", 96, 64) as decoder:
        assert np.array_equal(decoder.decode(payload), expected)


def test_the_cost_is_measured_frame_by_frame() -> None:
    cost = measure("jpeg", 64, 64, frames=3)
    assert cost.inside_ms > 0 and cost.apart_ms > 0
