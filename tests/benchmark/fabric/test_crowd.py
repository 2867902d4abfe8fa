"""Viewers that only count, fed byte by byte."""

from __future__ import annotations

import asyncio
import time
from typing import cast

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.fabric.crowd import LightViewer
from narrowcast.fabric.records import MessageWriter
from tests.fabric.fabric_samples import frames


class FakeTransport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.paused = False

    def write(self, data: object) -> None:
        self.written += bytes(cast(bytes, data))

    def pause_reading(self) -> None:
        self.paused = True


def published(count: int) -> list[bytes]:
    """Messages as the server sends them, taken a second ago."""
    writer, found = MessageWriter(), []
    for frame in frames(count):
        data = writer.pack(frame, "", time.time_ns() // 1000 - 1_000_000)
        assert data is not None
        header = f"NATS/1.0\r\nNats-Msg-Id: 1:{frame.sequence}\r\n\r\n".encode()
        kind = "k" if frame.keyframe else "d"
        line = f"HMSG nc.v.c0.{kind} 1 {len(header)} {len(header) + len(data)}\r\n".encode()
        found.append(line + header + data + b"\r\n")
    return found


def test_each_frame_is_counted_with_its_age_however_it_is_cut() -> None:
    ages_us: list[int] = []
    viewer, transport = LightViewer("c0", ages_us), FakeTransport()
    viewer.connection_made(transport)
    assert b"SUB nc.v.c0.* 1\r\n" in transport.written
    stream = b"INFO {}\r\nPING\r\n" + b"".join(published(7))
    for place in range(0, len(stream), 5):
        viewer.data_received(stream[place : place + 5])
    assert transport.written.endswith(b"PONG\r\n")
    assert (viewer.frames, viewer.gaps, len(ages_us)) == (7, 0, 5)
    assert all(1_000_000 <= age_us < 60_000_000 for age_us in ages_us)


def test_a_hole_is_counted() -> None:
    viewer = LightViewer("c0", [])
    for number, data in enumerate(published(7)):
        if number not in (2, 3):
            viewer.data_received(data)
    assert (viewer.frames, viewer.gaps) == (5, 1)
    viewer.connection_lost(None)
    assert viewer.closed


def test_a_viewer_may_stop_reading() -> None:
    viewer, transport = LightViewer("c0", []), FakeTransport()
    viewer.connection_made(transport)
    viewer.stall()
    assert transport.paused
