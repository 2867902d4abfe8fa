"""What cameras and servers send over HTTP, well made and badly made: a real server for each kind."""

from __future__ import annotations

import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from narrowcast.errors import SourceError
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.test_pattern import draw_test_pattern, read_frame_number
from narrowcast.sender.sources.wishes import SourceWishes
from tests.sender.sources.odd_videos import write
from tests.sender.video_files import write_video

WIDTH, HEIGHT = 160, 96
WISHES = SourceWishes(width=WIDTH, height=HEIGHT)
LONG_S = 60.0

Reply = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def server(reply: Reply) -> Iterator[str]:
    """A server that answers every GET so; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer; a client that leaves is no fault."""
            with suppress(ConnectionError):
                reply(self)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/camera"
        running.shutdown()


def jpeg(index: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(draw_test_pattern(index, width=WIDTH, height=HEIGHT, fps=15)).save(buffer, "JPEG")
    return buffer.getvalue()


def streaming(content_type: str, part: Callable[[bytes], bytes]) -> Reply:
    """Endless JPEG pictures, each wrapped by `part`."""

    def reply(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.end_headers()
        for index in range(100_000):
            handler.wfile.write(part(jpeg(index)))
            time.sleep(1 / 30)

    return reply


def whole(data: bytes, content_type: str) -> Reply:
    """A file with its length, and no part of it by itself."""

    def reply(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return reply


def with_length(data: bytes) -> bytes:
    head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data)
    return head + data + b"\r\n"


MULTIPART = "multipart/x-mixed-replace; boundary=frame"
STREAMS = {
    "as it should be": (MULTIPART, with_length),
    "without lengths": (
        MULTIPART,
        lambda data: b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n",
    ),
    "without types": (MULTIPART, lambda data: b"--frame\r\nContent-Length: %d\r\n\r\n" % len(data) + data),
    "a quoted boundary": ('Multipart/X-Mixed-Replace; Boundary="frame"', with_length),
    "a boundary with its dashes": ("multipart/x-mixed-replace; boundary=--frame", with_length),
    "nothing between them": ("video/x-motion-jpeg", lambda data: data),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_jpeg_pictures_that_follow_each_other_are_a_stream(kind: str) -> None:
    with (
        server(streaming(*STREAMS[kind])) as url,
        open_source(parse_source(url), WISHES) as source,
    ):
        assert source.live
        numbers: list[int] = []
        while len(numbers) < 12:
            frame = source.read(LONG_S)
            number = None if frame is None else read_frame_number(frame.rgb)
            assert number is not None
            numbers.append(number)
    assert numbers == sorted(set(numbers))


def remuxed(path: Path, target: Path, **options: str) -> bytes:
    """The same packets in another container."""
    with av.open(str(path)) as source, av.open(str(target), "w", options=options) as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return target.read_bytes()


@pytest.mark.parametrize("name", ["v.ts", "v.mp4", "v.mkv"])
def test_a_file_with_a_length_has_an_end_and_waits_for_its_receiver(tmp_path: Path, name: str) -> None:
    path = write_video(tmp_path / "original.mp4", frames=10, fps=50)
    data = remuxed(path, tmp_path / name, **({"movflags": "+faststart"} if name == "v.mp4" else {}))
    with server(whole(data, "application/octet-stream")) as url:
        source = open_source(parse_source(url), WISHES)
        assert not source.live
        with source:
            frames = []
            while not source.ended:
                frames.append(source.read(LONG_S))
    assert [frame.index for frame in frames if frame is not None][-1] == 9


def test_an_index_at_the_end_that_cannot_be_read_first_is_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (20, 180, 320, 3), np.uint8)
    data = write(tmp_path / "v.mp4", noise).read_bytes()
    assert data.index(b"moov") > data.index(b"mdat") and len(data) > 500_000  # more than FFmpeg keeps
    with (
        server(whole(data, "video/mp4")) as url,
        pytest.raises(SourceError, match="not one picture of .* download it: its server"),
    ):
        open_source(parse_source(url), WISHES)


def test_a_picture_that_cannot_be_decoded_is_told_at_once() -> None:
    buffer = io.BytesIO()
    pictures = [Image.new("RGB", (64, 64), (index * 60, 0, 0)) for index in range(3)]
    pictures[0].save(buffer, "WEBP", save_all=True, append_images=pictures[1:], duration=100)
    with (
        server(whole(buffer.getvalue(), "image/webp")) as url,
        pytest.raises(SourceError, match="cannot be decoded; look at it in a browser"),
    ):
        open_source(parse_source(url), WISHES)
