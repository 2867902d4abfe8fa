"""Tests of stall.py: what a job raises comes through, and one that hangs is left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from narrowcast.codec.hybrid import stall
from narrowcast.codec.hybrid.stall import MIN_STALL_S, PATIENCE, STALL_S, StalledEncoderError, StallWatch


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What a job may wait for until the test is over."""
    released = threading.Event()
    yield released
    released.set()


def test_a_job_that_ends_is_waited_for() -> None:
    done: list[int] = []
    StallWatch("encoder").run(lambda: done.append(1))
    assert done == [1]


def test_what_a_job_raises_comes_through() -> None:
    def fail() -> None:
        raise ValueError("no such picture")

    with pytest.raises(ValueError, match="no such picture"):
        StallWatch("encoder").run(fail)


def test_a_job_that_hangs_is_given_up(hanging: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall, "STALL_S", 0.05)
    with pytest.raises(StalledEncoderError, match="libsvtav1 gave no packet"):
        StallWatch("libsvtav1").run(lambda: None if hanging.wait(10) else None)


def test_an_encoder_that_has_coded_pictures_is_given_up_sooner() -> None:
    watch = StallWatch("encoder")
    assert watch.limit_s == STALL_S
    watch.took(0.03)
    assert watch.limit_s == MIN_STALL_S


def test_one_that_is_slow_here_gets_more_time_and_keeps_it() -> None:
    watch = StallWatch("encoder")
    for seconds in (0.02, 0.3, 0.02):
        watch.took(seconds)
    assert watch.limit_s == pytest.approx(PATIENCE * 0.3)
    watch.took(5.0)
    assert watch.limit_s == STALL_S
