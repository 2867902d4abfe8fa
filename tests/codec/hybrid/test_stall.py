"""Tests of stall.py: what a job raises comes through, and one that hangs is left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from codec.hybrid import stall
from codec.hybrid.stall import StalledEncoderError, give_up_on_stall


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What a job may wait for until the test is over."""
    released = threading.Event()
    yield released
    released.set()


def test_a_job_that_ends_is_waited_for() -> None:
    done: list[int] = []
    give_up_on_stall("encoder", lambda: done.append(1))
    assert done == [1]


def test_what_a_job_raises_comes_through() -> None:
    def fail() -> None:
        raise ValueError("no such picture")

    with pytest.raises(ValueError, match="no such picture"):
        give_up_on_stall("encoder", fail)


def test_a_job_that_hangs_is_given_up(hanging: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall, "STALL_S", 0.05)
    with pytest.raises(StalledEncoderError, match="libsvtav1 gave no packet"):
        give_up_on_stall("libsvtav1", lambda: None if hanging.wait(10) else None)
