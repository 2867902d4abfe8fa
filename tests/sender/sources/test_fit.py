"""Tests of sender/sources/fit.py: nothing is stretched, nothing is lost that need not be."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.sender.sources.fit import Picture, fit_picture


def _square_in_the_middle(width: int, height: int, side: int) -> Picture:
    picture = np.full((height, width, 3), 60, np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    picture[top : top + side, left : left + side] = 250
    return picture


def _extent(picture: Picture) -> tuple[int, int]:
    """Width and height of the bright square."""
    rows, columns = np.nonzero(picture[..., 0] > 155)
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.mark.parametrize("fit", ["crop", "letterbox"])
@pytest.mark.parametrize("source", [(640, 480), (480, 640), (1920, 1080), (100, 100), (400, 90), (33, 31)])
@pytest.mark.parametrize("target", [(640, 360), (64, 64), (90, 200)])
def test_a_square_stays_a_square(fit: str, source: tuple[int, int], target: tuple[int, int]) -> None:
    side = min(source) // 3
    fitted = fit_picture(
        _square_in_the_middle(*source, side), *target, "crop" if fit == "crop" else "letterbox"
    )
    assert fitted.shape == (target[1], target[0], 3) and fitted.dtype == np.uint8
    wide, high = _extent(fitted)
    scale = (max if fit == "crop" else min)(target[0] / source[0], target[1] / source[1])
    if wide < target[0] and high < target[1]:
        # whole pixels of a small source may be many of a large target
        assert wide == pytest.approx(high, abs=2, rel=0.03)
        assert wide == pytest.approx(side * scale, abs=2, rel=0.03)


def test_letterbox_keeps_every_edge_and_adds_black_bars() -> None:
    picture = np.full((480, 640, 3), 200, np.uint8)
    fitted = fit_picture(picture, 640, 360, "letterbox")
    assert np.all(fitted[:, :80] == 0) and np.all(fitted[:, -80:] == 0)
    assert np.all(fitted[:, 80:-80] == 200)


def test_crop_fills_and_keeps_the_middle() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[60:420] = 200
    assert np.all(fit_picture(picture, 640, 360, "crop") == 200)


def test_shrinking_averages_instead_of_picking() -> None:
    fine = np.zeros((360, 640, 3), np.uint8)
    fine[:, ::2] = 200
    assert np.all(np.abs(fit_picture(fine, 320, 180).astype(int) - 100) <= 1)


def test_the_right_size_is_left_alone() -> None:
    picture = _square_in_the_middle(64, 64, 20)
    assert fit_picture(picture, 64, 64) is picture
