"""Tests of sender/sources/test_pattern.py: the frame number survives what the picture does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from narrowcast.codec.classic.codecs import ClassicDecoder, ClassicEncoder, classic_codecs
from narrowcast.sender.sources.test_pattern import NUMBER_BITS, draw_test_pattern, read_frame_number

LOSSY = [name for name in ("jpeg", "webp", "avif") if name in classic_codecs()]


@pytest.mark.parametrize("size", [(64, 64), (131, 97), (640, 360), (90, 200)])
def test_every_number_is_read_back(size: tuple[int, int]) -> None:
    numbers = [0, 1, 2, 255, 12345, 0x55555, 0xAAAAA, (1 << NUMBER_BITS) - 1]
    for number in numbers:
        picture = draw_test_pattern(number, width=size[0], height=size[1], fps=15)
        assert picture.shape == (size[1], size[0], 3) and picture.dtype == np.uint8
        assert read_frame_number(picture) == number


def test_the_number_wraps() -> None:
    assert read_frame_number(draw_test_pattern((1 << NUMBER_BITS) + 7, width=64, height=64, fps=15)) == 7


@pytest.mark.parametrize("name", LOSSY)
@pytest.mark.parametrize("size", [(64, 64), (320, 180)])
def test_the_number_survives_the_worst_quality(name: str, size: tuple[int, int]) -> None:
    encoder, decoder = ClassicEncoder(name, *size), ClassicDecoder(name, *size)
    for number in range(0, 1 << NUMBER_BITS, 65521):
        picture = draw_test_pattern(number, width=size[0], height=size[1], fps=15)
        assert read_frame_number(decoder.decode(encoder.encode(picture, quality=0).payload)) == number


def test_the_number_survives_blur_noise_and_a_shift_of_levels() -> None:
    rng = np.random.default_rng(0)
    for number in range(0, 1 << NUMBER_BITS, 99991):
        picture = draw_test_pattern(number, width=320, height=180, fps=15)
        worse = cv2.GaussianBlur(picture, (0, 0), 6).astype(np.float64) * 0.5 + 70
        worse += rng.normal(0, 40, worse.shape)
        assert read_frame_number(np.clip(worse, 0, 255).astype(np.uint8)) == number


def test_what_is_no_pattern_gives_no_number() -> None:
    for level in (0, 128, 255):
        assert read_frame_number(np.full((180, 320, 3), level, np.uint8)) is None
    torn = draw_test_pattern(1000, width=320, height=180, fps=15)
    torn[165:] = draw_test_pattern(54321, width=320, height=180, fps=15)[165:]
    assert read_frame_number(torn) is None


def test_the_picture_moves_and_is_repeatable() -> None:
    pictures = [draw_test_pattern(index, width=320, height=180, fps=15) for index in (5, 6, 5)]
    assert np.array_equal(pictures[0], pictures[2])
    assert np.mean(pictures[0] != pictures[1]) > 0.3
