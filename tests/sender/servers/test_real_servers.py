"""Cameras and programs that are not ours, killed and started again: the stream goes on."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes

SYSTEM_PYTHON = "/usr/bin/python3"
PASSWORD = "p@ss:w/rd#1%"
LONG_S = 60.0
WISHES = SourceWishes(width=160, height=90)

Start = Callable[[], subprocess.Popen[str]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ffmpeg(*arguments: str) -> subprocess.Popen[str]:
    """FFmpeg's own program, as a test package brings it, giving pictures at their pace."""
    package = pytest.importorskip("imageio_ffmpeg", reason="FFmpeg's program comes with imageio-ffmpeg")
    picture = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15"]
    command = [package.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y", *picture, *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True)


@contextmanager
def running(start: Start) -> Iterator[subprocess.Popen[str]]:
    process = start()
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def rtsp_camera(port: int, *account: str) -> subprocess.Popen[str]:
    """GStreamer's RTSP server."""
    script = Path(__file__).with_name("rtsp_server.py")
    if shutil.which(SYSTEM_PYTHON) is None:
        pytest.skip("the system has no Python of its own")
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(script), str(port), *account],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_without_our_python(),
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    if process.stdout.readline() != "ready\n":
        process.kill()
        pytest.skip(f"GStreamer's RTSP server does not run here: {process.stderr.read().strip()[-200:]}")
    return process


def _without_our_python() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}


def opened(address: str) -> Source:
    """Open a source as soon as its server answers."""
    for _ in range(100):
        with suppress(SourceError):
            return open_source(parse_source(address), WISHES)
        time.sleep(0.1)  # the server is starting
    return open_source(parse_source(address), WISHES)


def pictures(source: Source, count: int) -> None:
    """Take so many pictures, each of them one of the camera's."""
    for _ in range(count):
        frame = source.read(LONG_S)
        assert frame is not None and frame.rgb.shape == (90, 160, 3) and frame.rgb.std() > 10


def wait_for(source: Source, words: str) -> list[str]:
    """Read on until a notice has these words; returns all notices."""
    said: list[str] = []
    while not any(words in text for text in said):
        source.read(0.2)
        said += [notice.text for notice in source.notices()]
    return said


def test_an_rtsp_camera_that_is_restarted_is_back() -> None:
    port = free_port()
    account = ("me", PASSWORD)
    with running(lambda: rtsp_camera(port, *account)) as first:
        source = open_source(parse_source(f"rtsp://me:{PASSWORD}@127.0.0.1:{port}/camera"), WISHES)
        with source:
            assert source.live
            pictures(source, 10)
            first.kill()
            told = wait_for(source, "gave no frame")
            with running(lambda: rtsp_camera(port, *account)):
                told += wait_for(source, "is back after")
                pictures(source, 5)
    assert PASSWORD not in " ".join(told) and quote(PASSWORD, safe="") not in " ".join(told)


@pytest.mark.parametrize("kind", ["mpjpeg", "mpegts"])
def test_a_stream_over_http_that_is_restarted_is_back(kind: str) -> None:
    url = f"http://127.0.0.1:{free_port()}/stream"
    codec = ["-c:v", "mjpeg"] if kind == "mpjpeg" else ["-c:v", "libx264", "-tune", "zerolatency", "-g", "15"]

    def start() -> subprocess.Popen[str]:
        return ffmpeg(*codec, "-f", kind, "-listen", "1", url)

    with running(start) as first, opened(url) as source:
        pictures(source, 10)
        first.kill()
        wait_for(source, "gave no frame")
        with running(start):
            wait_for(source, "is back after")
            pictures(source, 5)


@pytest.mark.parametrize("kind", ["mpegts", "yuv4mpegpipe", "mjpeg"])
def test_ffmpeg_through_a_named_pipe_that_is_restarted_goes_on(tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    codec = {"mpegts": ["-c:v", "libx264", "-tune", "zerolatency", "-g", "15"], "mjpeg": ["-c:v", "mjpeg"]}

    def start() -> subprocess.Popen[str]:
        return ffmpeg(*codec.get(kind, []), "-f", kind, str(tmp_path / "pipe"))

    wishes = SourceWishes(width=160, height=90, loop=True)
    with open_source(parse_source(str(tmp_path / "pipe")), wishes) as source:
        with running(start):
            pictures(source, 10)
        wait_for(source, "waiting for the next one")
        with running(start):
            pictures(source, 5)
