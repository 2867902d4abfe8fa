"""Pictures that a program gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from narrowcast.sender.config import SenderConfig
from narrowcast.sender.sources.pushed_source import PushedSource


@pytest.fixture
def source() -> PushedSource:
    return PushedSource(SenderConfig(source="push:", size=(64, 96), fps=12.0))


def test_the_newest_picture_is_read_as_it_was_when_it_was_given(source: PushedSource) -> None:
    picture = np.full((96, 64, 3), 9, np.uint8)
    source.push(picture, 1000)
    picture[:] = 200
    source.push(picture[:, ::-1], 2000)
    picture[:] = 0
    frame = source.read(0)
    assert frame is not None and (frame.capture_sender_us, frame.index) == (2000, 1)
    assert frame.rgb.flags.c_contiguous and np.all(frame.rgb == 200)
    assert source.read(0) is None and source.fps == 12.0


def test_another_shape_is_fitted(source: PushedSource) -> None:
    source.push(np.zeros((480, 640, 3), np.uint8), 0)
    frame = source.read(0)
    assert frame is not None and frame.rgb.shape == (96, 64, 3)


def test_it_ends_behind_its_last_picture(source: PushedSource) -> None:
    source.push(np.zeros((96, 64, 3), np.uint8), 0)
    source.close()
    assert not source.ended and source.read(0) is not None
    assert source.ended


@pytest.mark.parametrize(
    ("picture", "error", "words"),
    [
        ([[1, 2, 3]], TypeError, "not list"),
        (np.zeros((96, 64, 3)), TypeError, "not float64; convert"),
        (np.zeros((96, 64), np.uint8), ValueError, r"not \[96, 64\]"),
        (np.zeros((96, 64, 4), np.uint8), ValueError, r"not \[96, 64, 4\]"),
        (np.zeros((0, 64, 3), np.uint8), ValueError, r"not \[0, 64, 3\]"),
    ],
)
def test_what_is_no_picture_is_refused(
    source: PushedSource, picture: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        source.push(picture, 0)
