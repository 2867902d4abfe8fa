"""A source captures from its start on, and lets go of what was opened either way."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.source_clock import SourceClock


def made() -> Source:
    return Source(width=64, height=64, fit="crop", clock=SourceClock())


def test_nothing_is_captured_before_the_start() -> None:
    source, ran = made(), list[str]()
    source.prepare(lambda: ran.append("captured"), lambda: ran.append("discarded"), fps=15)
    assert (source.started, source.fps, source.read(0.0)) == (False, 15, None) and ran == []
    source.close()
    assert ran == ["discarded"] and source.ended


def test_what_captures_lets_go_by_itself() -> None:
    source, ran = made(), list[str]()
    source.prepare(lambda: ran.append("captured"), lambda: ran.append("discarded"), fps=15)
    with source:
        source.start()
        assert source.started and source.read(20.0) is None
    assert ran == ["captured"]


def test_what_the_thread_raises_comes_to_the_reader() -> None:
    def fail() -> None:
        raise MemoryError("no memory for the frame")

    source = made()
    source.prepare(fail, lambda: None, fps=15)
    with source, pytest.raises(MemoryError):
        source.read(20.0)


def test_the_newest_picture_replaces_the_one_before() -> None:
    source = made()
    for index in range(3):
        source.deliver(np.full((64, 64, 3), index, np.uint8), 1000 * index, index)
    frame = source.read(0.0)
    assert frame is not None and frame.index == 2 and frame.rgb[0, 0, 0] == 2
    assert source.captured == 3 and source.read(0.0) is None
