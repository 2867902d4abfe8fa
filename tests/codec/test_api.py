"""Tests of codec/api.py."""

from __future__ import annotations

import dataclasses

import pytest

from codec.api import Decoder, EncodedFrame, Encoder
from tests.codec.picture_samples import camera_like
from tests.codec.tiny_model import tiny_decoder, tiny_encoder


def test_bits_are_eight_times_the_bytes() -> None:
    assert EncodedFrame(payload=b"abc", keyframe=True).bits == 24


def test_an_encoded_frame_cannot_be_changed() -> None:
    frame = EncodedFrame(payload=b"", keyframe=False)
    assert not frame.droppable
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.keyframe = True  # type: ignore[misc]


def test_the_learned_codec_satisfies_the_interface() -> None:
    encoder: Encoder = tiny_encoder(64, 64)
    decoder: Decoder = tiny_decoder(64, 64)
    assert decoder.decode(encoder.encode(camera_like(64, 64)).payload).shape == (64, 64, 3)
