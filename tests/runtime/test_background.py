"""A pipeline in a thread of its own: start, errors and end reach whoever owns it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from narrowcast.errors import NarrowcastError, Remedy, StreamError
from narrowcast.runtime.background import Background
from narrowcast.runtime.signals import StopSignal


class _PortTaken(NarrowcastError):
    pass


def _background(stop: StopSignal, on_end: Callable[[], None] = lambda: None) -> Background:
    return Background("test", stop, on_end)


def test_start_comes_back_when_it_is_ready_and_close_ends_it() -> None:
    stop, ends = StopSignal(), []
    background = _background(stop, lambda: ends.append(True))
    opened = threading.Event()

    def run() -> None:
        opened.set()
        background.ready()
        while not stop.requested:
            threading.Event().wait(0.005)

    background.start(run)
    assert opened.is_set() and not background.ended
    background.close()
    background.close()
    assert background.ended and ends == [True]
    background.check()


def test_what_stops_the_start_is_raised_in_the_words_of_a_program() -> None:
    def run() -> None:
        raise _PortTaken("no CUDA device", remedy=Remedy(setting="device", value="cpu"))

    with pytest.raises(StreamError, match=r'^no CUDA device; use device="cpu"$'):
        _background(StopSignal()).start(run)


def test_a_fault_of_the_program_stays_what_it_is() -> None:
    def run() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _background(StopSignal()).start(run)


def test_an_error_after_the_start_comes_with_the_next_check() -> None:
    background = _background(StopSignal())
    go_wrong = threading.Event()

    def run() -> None:
        background.ready()
        go_wrong.wait(20)
        raise _PortTaken("turned away")

    background.start(run)
    background.check()
    go_wrong.set()
    assert background.join(20)
    with pytest.raises(StreamError, match="turned away"):
        background.check()
