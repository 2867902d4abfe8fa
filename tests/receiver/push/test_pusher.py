"""Pushes to a real RTSP server that comes and goes, and to one that never answers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.push import pusher as pusher_module
from narrowcast.receiver.push.pusher import Pusher, PushError, check_protocol
from narrowcast.receiver.push.target import parse_target
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.reporters import keep_text

SYSTEM_PYTHON = "/usr/bin/python3"
PICTURE = camera_like(160, 90, seed=2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MediaServer:
    """GStreamer's RTSP server in the role of MediaMTX or go2rtc, and what it has decoded."""

    def __init__(self, port: int) -> None:
        self.pictures: list[tuple[int, int, int]] = []
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))
        }
        script = str(Path(__file__).with_name("rtsp_sink.py"))
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, script, str(port)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert self.process.stdout is not None and self.process.stderr is not None
        if self.process.stdout.readline() != "ready\n":
            self.process.kill()
            said = self.process.stderr.read().strip()[-200:]
            pytest.skip(f"GStreamer's RTSP server does not run here: {said}")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            width, height, mean = map(int, line.split())
            self.pictures.append((width, height, mean))


@contextmanager
def media_server(port: int) -> Iterator[MediaServer]:
    if shutil.which(SYSTEM_PYTHON) is None:
        pytest.skip("the system has no Python of its own")
    server = MediaServer(port)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait(10)


@pytest.fixture
def notices() -> list[str]:
    return []


def test_a_server_that_comes_later_goes_and_comes_back_gets_the_stream(
    notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pusher_module, "FIRST_RETRY_US", 200_000)
    monkeypatch.setattr(pusher_module, "MAX_RETRY_US", 200_000)
    port = free_port()
    pusher = Pusher(parse_target(f"rtsp://me:secret@127.0.0.1:{port}/in"), keep_text(notices))

    def push() -> None:
        pusher.show(PICTURE)
        pusher.check()

    try:
        wait_until(lambda: bool(notices), push)
        assert "cannot push to" in notices[0] and "the stream goes on" in notices[0]
        assert "refused" in notices[0] and "secret" not in notices[0]
        for _ in range(2):
            with media_server(port) as server:
                wait_until(lambda: len(server.pictures) > 10, push)
            width, height, mean = server.pictures[-1]
            assert (width, height) == (160, 90) and abs(mean - float(PICTURE.mean())) < 25
        assert sum("pushing to" in text for text in notices) == 2
    finally:
        pusher.close()


def test_while_the_stream_is_not_live_the_picture_says_so(notices: list[str]) -> None:
    port = free_port()
    white = np.full((90, 160, 3), 250, np.uint8)
    with media_server(port) as server:
        pusher = Pusher(parse_target(f"rtsp://127.0.0.1:{port}/in"), keep_text(notices))

        def live() -> None:
            pusher.show(white)
            pusher.stale(None)
            pusher.check()

        def down() -> None:
            pusher.stale(StaleNote(headline="link down 4 s"))
            pusher.check()

        wait_until(lambda: bool(server.pictures) and server.pictures[-1][2] > 200, live)
        wait_until(lambda: server.pictures[-1][2] < 160, down)
        pusher.close()


def test_a_server_that_never_answers_is_let_go_of_and_holds_nothing_up(
    notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pusher_module, "HUNG_US", 500_000)
    monkeypatch.setattr(pusher_module, "FIRST_RETRY_US", 1_000)
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        target = parse_target(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x")
        pusher = Pusher(target, keep_text(notices))
        pusher.show(PICTURE)
        first = pusher._attempt
        wait_until(lambda: pusher._attempt not in (first, None), pusher.check)
        assert "has not answered" in notices[0]
        assert first is not None
        wait_until(lambda: first.error is not None)
        pusher.close()


def test_a_protocol_that_this_ffmpeg_lacks_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object, **__: object) -> None:
        raise av.ProtocolNotFoundError(1, "Protocol not found")

    monkeypatch.setattr(av, "open", lacking)
    with pytest.raises(PushError, match="has no SRT"):
        check_protocol(parse_target("srt://127.0.0.1:9000"))
    check_protocol(parse_target("udp://127.0.0.1:9000"))
