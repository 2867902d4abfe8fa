"""Tests of receiver/window/overlay.py: what is drawn can be seen, and only there."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from narrowcast.receiver.window.overlay import (
    AMBER,
    GREEN,
    RED,
    Colour,
    Picture,
    age_colour,
    age_text,
    enlarged,
    pair_picture,
    time_text,
    waiting_picture,
    with_age,
    with_banner,
    with_mark,
    with_statistics,
    with_strip,
    with_time,
)


def _grey(width: int = 854, height: int = 480) -> Picture:
    return np.full((height, width, 3), 120, np.uint8)


def _pixels_of(picture: Picture, colour: Colour) -> int:
    return int(np.sum(np.abs(picture.astype(int) - colour).max(axis=2) < 12))


@pytest.mark.parametrize(
    ("age_ms", "colour"), [(0, GREEN), (500, GREEN), (501, AMBER), (2000, AMBER), (2001, RED)]
)
def test_an_old_frame_warns(age_ms: float, colour: Colour) -> None:
    assert age_colour(age_ms) == colour
    drawn = with_age(_grey(), age_ms)
    assert _pixels_of(drawn, colour) > 30
    assert np.all(drawn[:400] == 120), "only the corner is drawn on"


def test_an_age_reads_as_a_person_says_it() -> None:
    assert [age_text(age_ms) for age_ms in (82.4, 999.0, 1400.0, 61_000.0)] == [
        "82 ms old",
        "999 ms old",
        "1.4 s old",
        "61.0 s old",
    ]


@pytest.mark.parametrize("size", [(854, 480), (480, 480), (1920, 1080), (1000, 480)])
def test_statistics_fit_into_the_picture_and_leave_the_rest(size: tuple[int, int]) -> None:
    picture = _grey(*size)
    drawn = with_statistics(picture, ["15.0 fps", "capture to display 82 ms, a rather long line " * 2])
    assert np.sum(drawn > 180) > 300
    assert np.all(drawn[size[1] // 3 :] == 120)
    assert np.all(drawn[:, -size[0] // 100 :] == 120), "the longest line ends before the edge"
    assert np.all(picture == 120), "the picture that came in is left alone"
    assert np.array_equal(with_statistics(picture, []), picture)


def test_a_banner_takes_the_colour_out_of_the_picture() -> None:
    red = np.zeros((480, 854, 3), np.uint8)
    red[..., 0] = 200
    drawn = with_banner(red, "link down 4 s")
    assert _pixels_of(drawn, RED) > 854 * 20
    assert _pixels_of(drawn, (255, 255, 255)) > 100
    assert np.ptp(drawn[0].astype(int), axis=1).max() == 0 and drawn[0].max() < 100


def test_waiting_is_a_dark_picture_with_text_in_its_middle() -> None:
    drawn = waiting_picture("waiting for sender tcp://192.168.100.217:5555, which is not there yet")
    bright = np.argwhere(drawn.max(axis=2) > 200)
    assert len(bright) > 200
    assert abs(bright[:, 1].mean() - 427) < 20 and abs(bright[:, 0].mean() - 240) < 20
    assert bright[:, 1].min() > 10 and bright[:, 1].max() < 844


def test_small_pictures_are_enlarged_in_proportion_and_large_ones_copied() -> None:
    assert enlarged(_grey(64, 64)).shape == (480, 480, 3)
    assert enlarged(_grey(640, 360)).shape == (480, 853, 3)
    large = _grey(1280, 720)
    copy = enlarged(large)
    assert copy is not large and np.array_equal(copy, large)


def test_a_banner_has_room_for_the_reason() -> None:
    plain = with_banner(_grey(854, 480), "link down 4 s")
    explained = with_banner(_grey(854, 480), "link down 4 s", "nothing heard from the sender for 1.1 s")
    assert _pixels_of(explained, RED) > _pixels_of(plain, RED)
    assert _pixels_of(explained, (255, 255, 255)) > _pixels_of(plain, (255, 255, 255))


@pytest.mark.parametrize("size", [(640, 360), (64, 64), (1920, 1080)])
def test_the_mark_is_small_and_in_its_corner(size: tuple[int, int]) -> None:
    drawn = with_mark(_grey(*size))
    changed = np.argwhere(np.any(drawn != 120, axis=2))
    assert 0 < len(changed) < 0.06 * size[0] * size[1]
    assert changed[:, 0].min() > 0.8 * size[1] and changed[:, 1].max() < 0.6 * size[0]


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(64, 64), (640, 360), (1920, 1080)])
def test_the_time_can_be_read_on_any_ground(size: tuple[int, int], level: int) -> None:
    width, height = size
    ground = np.full((height, width, 3), level, np.uint8)
    picture = with_time(ground, "2026-01-31 23:59:58.1 +01:00")
    corner = picture[: height // 8, width // 2 :]
    assert int(corner.max()) - int(np.median(corner[: height // 20, -width // 8 :])) > 100
    assert np.array_equal(picture[height // 4 :], ground[height // 4 :])
    assert ground.max() == ground.min() == level, "the original is left as it is"


def test_a_time_has_its_offset_to_utc() -> None:
    taken = datetime(2026, 1, 31, 23, 59, 58, 199_999, timezone(timedelta(hours=-3, minutes=-30)))
    assert time_text(taken) == "2026-01-31 23:59:58.1 -03:30"
    assert time_text(taken.replace(tzinfo=None)).endswith("(no zone)")


def test_a_strip_leaves_the_picture_below_it() -> None:
    drawn = with_strip(_grey(854, 480), "paused 4 s")
    assert np.all(drawn[80:] == 120) and np.any(drawn[:60] > 200)


def test_a_pair_shows_both_pictures_whole_and_in_proportion() -> None:
    shown = _grey(854, 480)
    exact = np.full_like(shown, 90)
    drawn = pair_picture(shown, exact)
    assert drawn.shape == (960, 1708, 3)
    assert np.array_equal(drawn[240:720, :854], shown) and np.array_equal(drawn[240:720, 854:], exact)
    assert np.sum(drawn[:240] > 200) > 300, "each has its title"
