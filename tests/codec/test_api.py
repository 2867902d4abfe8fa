"""Tests of codec/api.py."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from narrowcast.codec.api import Decoder, EncodedFrame, Encoder, check_picture, check_size
from narrowcast.codec.errors import BitstreamError, FrameSizeError
from tests.codec.picture_samples import camera_like
from tests.codec.tiny_model import tiny_decoder, tiny_encoder


def test_bits_are_eight_times_the_bytes() -> None:
    assert EncodedFrame(payload=b"abc", keyframe=True).bits == 24


def test_an_encoded_frame_cannot_be_changed() -> None:
    frame = EncodedFrame(payload=b"", keyframe=False)
    assert not frame.droppable
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.keyframe = True  # type: ignore[misc]


def test_the_latent_codec_satisfies_the_interface() -> None:
    encoder: Encoder = tiny_encoder(64, 64)
    decoder: Decoder = tiny_decoder(64, 64)
    assert decoder.decode(encoder.encode(camera_like(64, 64)).payload).shape == (64, 64, 3)


@pytest.mark.parametrize("size", [(64, 64), (3840, 2160), (65, 97)])
def test_sizes_in_range_pass(size: tuple[int, int]) -> None:
    check_size(*size)


@pytest.mark.parametrize("size", [(63, 64), (64, 63), (3841, 64), (64, 2161), (0, 0), (-64, 64)])
def test_sizes_out_of_range_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(FrameSizeError, match="it may be 64x64 to 3840x2160"):
        check_size(*size)
    with pytest.raises(BitstreamError, match="it may be 64x64"):
        check_size(*size, BitstreamError)


def test_another_shape_or_type_is_refused() -> None:
    picture = camera_like(80, 64)
    check_picture(picture, 80, 64)
    floats: Any = picture / np.float32(255)
    for wrong in (camera_like(64, 80), picture[..., 0], floats):
        with pytest.raises(FrameSizeError, match=r"takes uint8 \(64, 80, 3\)"):
            check_picture(wrong, 80, 64)
