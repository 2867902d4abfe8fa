"""Tests of sender/sources/opening.py: every kind of source, opened and read as the pipeline does."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from narrowcast.errors import SourceError
from narrowcast.sender.sources.capture import VideoCapture
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.source import CapturedFrame, Source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.test_pattern import draw_test_pattern, read_frame_number
from narrowcast.sender.sources.video_reader import VideoReader
from narrowcast.sender.sources.wishes import SourceWishes
from tests.sender.fake_capture import UnpluggableCamera
from tests.sender.fake_time import FakeClock
from tests.sender.video_files import write_image, write_video

LONG_S = 20.0
"a limit that only a hang would reach"


def _read_all(source: Source) -> list[CapturedFrame]:
    frames = []
    while not source.ended:
        frame = source.read(LONG_S)
        if frame is not None:
            frames.append(frame)
    return frames


def _number(frame: CapturedFrame | None) -> int | None:
    return None if frame is None else read_frame_number(frame.rgb)


def test_a_video_file_plays_to_its_end(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", frames=20, fps=40)
    with open_source(parse_source(str(path)), SourceWishes(width=128, height=64)) as source:
        assert source.fps == 40
        frames = _read_all(source)
        assert source.ended and source.read(0) is None
        assert source.captured >= len(frames) >= 1
    assert [frame.index for frame in frames] == sorted({frame.index for frame in frames})
    assert frames[-1].index == 19
    for frame in frames:
        assert frame.rgb.shape == (64, 128, 3)
        assert (frame.capture_sender_us - frames[0].capture_sender_us) == pytest.approx(
            (frame.index - frames[0].index) * 25_000, abs=1
        )


def test_a_lower_pace_is_kept_and_a_higher_one_is_not(tmp_path: Path) -> None:
    path = str(write_video(tmp_path / "v.mp4", frames=12, fps=40))
    with open_source(parse_source(path), SourceWishes(width=160, height=96, fps=20)) as source:
        assert source.fps == 20
        frames = _read_all(source)
        assert all(frame.index % 2 == 0 for frame in frames)
        assert all(_number(frame) == frame.index for frame in frames)
    with open_source(parse_source(path), SourceWishes(width=160, height=96, fps=200)) as source:
        assert source.fps == 40


def test_a_loop_does_not_end(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", frames=4, fps=100)
    with open_source(parse_source(str(path)), SourceWishes(width=160, height=96, loop=True)) as source:
        frame = source.read(LONG_S)
        while frame is not None and frame.index < 10:
            frame = source.read(LONG_S)
        assert frame is not None and _number(frame) == frame.index % 4
        assert not source.ended


def test_the_newest_frame_wins_and_is_taken_once() -> None:
    with open_source(parse_source("test:"), SourceWishes(width=64, height=64, fps=200)) as source:
        while source.captured < 10:
            source.clock.wait_until(source.clock.now_us() + 1000)
        frame = source.read(LONG_S)
        assert frame is not None and frame.index >= 9
        later = source.read(LONG_S)
        assert later is not None and later.index > frame.index
        assert _number(later) == later.index


def test_the_pace_is_measured() -> None:
    with open_source(parse_source("test:"), SourceWishes(width=64, height=64, fps=50)) as source:
        while source.captured < 8:
            source.read(LONG_S)
        assert source.fps == pytest.approx(50, rel=0.6)


def test_a_closed_source_gives_nothing_more() -> None:
    source = open_source(parse_source("test:"), SourceWishes(width=64, height=64, fps=20))
    assert not source.started and source.captured == 0
    source.start()
    assert source.read(LONG_S) is not None
    source.close()
    source.read(0)
    assert source.read(LONG_S) is None and source.ended


def test_picture_files_of_changing_size_are_fitted_with_a_notice(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", 1, 160, 96)
    write_image(tmp_path / "2.jpg", 2, 320, 192)
    write_image(tmp_path / "3.jpg", 3, 160, 96)
    with open_source(parse_source(str(tmp_path)), SourceWishes(width=100, height=60)) as source:
        assert source.fps == 15
        frames = _read_all(source)
        notices = [notice.text for notice in source.notices()]
        assert source.notices() == []
    assert {frame.rgb.shape for frame in frames} == {(60, 100, 3)}
    assert notices == ["the pictures differ in size; each is fitted to 100x60"]


def test_picture_files_go_as_fast_as_asked(tmp_path: Path) -> None:
    for number in range(3):
        write_image(tmp_path / f"{number}.png", number)
    with open_source(
        parse_source(str(tmp_path / "*.png")), SourceWishes(width=160, height=96, fps=100)
    ) as source:
        assert source.fps == 100
        assert _number(_read_all(source)[-1]) == 2
    with open_source(parse_source(str(tmp_path / "0.png")), SourceWishes(width=160, height=96)) as source:
        assert [_number(frame) for frame in _read_all(source)] == [0]


def test_letterbox_reaches_the_picture(tmp_path: Path) -> None:
    path = write_image(tmp_path / "wide.png", 5, 200, 64)
    with open_source(parse_source(str(path)), SourceWishes(width=100, height=100, fit="letterbox")) as source:
        frame = source.read(LONG_S)
    assert frame is not None and np.all(frame.rgb[:30] == 0)


def test_the_bundled_clip() -> None:
    with open_source(parse_source("demo:"), SourceWishes(width=640, height=360)) as source:
        frame = source.read(LONG_S)
        assert source.fps == 15
    assert frame is not None and frame.rgb.std() > 30


def test_a_camera_says_its_pace() -> None:
    camera = UnpluggableCamera(FakeClock(10**15), [])
    with open_source(
        parse_source("0"),
        SourceWishes(width=64, height=64),
        factory=lambda *size: camera.open(),
        clock=camera.clock,
    ) as source:
        assert source.read(LONG_S) is not None
        assert source.fps == pytest.approx(30, rel=0.01)


def test_a_camera_is_watched_and_reopened() -> None:
    camera = UnpluggableCamera(FakeClock(10**15), [(1, 4)])
    frames = 0

    def factory(target: int | str, width: int, height: int) -> VideoCapture:
        assert (target, width, height) == (0, 64, 64)
        return camera.open()

    with open_source(
        parse_source("0"), SourceWishes(width=64, height=64), factory=factory, clock=camera.clock
    ) as source:
        notices: list[str] = []
        while not any("is back" in line for line in notices):
            frames += source.read(LONG_S) is not None
            notices += [notice.text for notice in source.notices()]
    assert frames > 0 and "camera 0 gave no frame for 2.0 s; reopening every second (try 1)" in notices


@pytest.fixture
def web_folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder behind a real HTTP server on the loopback."""
    handler = functools.partial(_QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_a_video_behind_http_plays_at_its_pace_and_ends(web_folder: tuple[Path, str]) -> None:
    folder, url = web_folder
    write_video(folder / "v.mp4", frames=10, fps=50)
    with open_source(parse_source(f"{url}/v.mp4"), SourceWishes(width=160, height=96)) as source:
        assert source.fps == 50
        frames = _read_all(source)
    assert frames[-1].index == 9
    assert frames[-1].capture_sender_us - frames[0].capture_sender_us == pytest.approx(
        (9 - frames[0].index) * 20_000, abs=1
    )


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ("97", "there is no camera 97; plug it in, name another"),
        ("nowhere/clip.mp4", "there is no file nowhere/clip.mp4; name a camera"),
        ("nowhere/*.png", "no pictures in nowhere/\\*.png"),
        ("http://127.0.0.1:9/v", r"nothing to see at http://127.0.0.1:9/v \(.*\); check the address"),
        ("gopher://x", "cannot open gopher:// as a source; use one of rtsp://"),
    ],
)
def test_a_source_that_is_not_there_says_how_to_fix_it(
    spec: str, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match=line):
        open_source(parse_source(spec), SourceWishes(width=64, height=64))
    assert capfd.readouterr().err == ""


def test_a_failure_in_the_thread_is_raised_to_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(write_video(tmp_path / "v.mp4", frames=3, fps=50))

    def broken(self: VideoReader) -> None:
        raise MemoryError("no memory for the frame")

    monkeypatch.setattr(VideoReader, "picture", broken)
    with (
        open_source(parse_source(path), SourceWishes(width=64, height=64)) as source,
        pytest.raises(MemoryError),
    ):
        source.read(LONG_S)


def test_a_video_with_an_end_waits_for_its_receiver_wherever_it_comes_from(
    web_folder: tuple[Path, str],
) -> None:
    folder, url = web_folder
    path = write_video(folder / "v.mp4", frames=5, fps=50)
    for text, live in ((str(path), False), (f"{url}/v.mp4", False), ("-", False)):
        source = open_source(parse_source(text), SourceWishes(width=64, height=64))
        assert source.live == live, text
        source.close()


def test_a_snapshot_url_is_polled(web_folder: tuple[Path, str]) -> None:
    folder, url = web_folder
    write_image(folder / "shot.jpg", 7)
    spec = parse_source(f"{url}/shot.jpg")
    with open_source(spec, SourceWishes(width=160, height=96, every_s=0.1)) as source:
        assert source.live and source.fps == pytest.approx(10)
        frames = [source.read(LONG_S) for _ in range(3)]
    assert [frame.index for frame in frames if frame is not None] == [0, 1, 2]


def test_a_pipe_is_read_as_it_comes_until_its_end(tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mkv", frames=20, fps=50)
    os.mkfifo(tmp_path / "pipe")
    spec = parse_source(str(tmp_path / "pipe"))
    with open_source(spec, SourceWishes(width=160, height=96)) as source:
        writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(video.read_bytes()))
        writer.start()
        frames = _read_all(source)
        writer.join()
    assert frames[-1].index == 19


def test_closing_ends_the_wait_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    source = open_source(parse_source(str(tmp_path / "pipe")), SourceWishes(width=160, height=96))
    source.start()
    source.close()
    assert source.ended


@pytest.mark.parametrize(
    "name", ["cam-12:30:00.mp4", "b\udce9b\udce9.mp4", "\N{CAMERA} ä.mp4", "a%20b?c.mp4"]
)
def test_any_name_of_a_file_is_a_file(tmp_path: Path, name: str) -> None:
    write_video(tmp_path / "v.mp4", frames=3, fps=50)
    os.rename(tmp_path / "v.mp4", tmp_path / name)
    with open_source(parse_source(str(tmp_path / name)), SourceWishes(width=160, height=96)) as source:
        assert _read_all(source)


def test_an_animated_picture_plays_like_a_video(tmp_path: Path) -> None:
    pictures = [Image.fromarray(draw_test_pattern(i, width=160, height=96, fps=20)) for i in range(6)]
    pictures[0].save(tmp_path / "a.png", save_all=True, append_images=pictures[1:], duration=50)
    wishes = SourceWishes(width=160, height=96, loop=True)
    with open_source(parse_source(str(tmp_path / "a.png")), wishes) as source:
        assert not source.live and source.fps == pytest.approx(20)
        frame = source.read(LONG_S)
        while frame is not None and frame.index < 8:
            frame = source.read(LONG_S)
    assert frame is not None and _number(frame) == frame.index % 6


def test_a_picture_of_another_name_is_a_picture(tmp_path: Path) -> None:
    write_image(tmp_path / "7.png", 7)
    (tmp_path / "7.png").rename(tmp_path / "snapshot")
    with open_source(parse_source(str(tmp_path / "snapshot")), SourceWishes(width=160, height=96)) as source:
        assert [_number(frame) for frame in _read_all(source)] == [7]


def test_a_named_pipe_in_a_loop_waits_for_its_next_writer(tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mkv", frames=4, fps=50).read_bytes()
    os.mkfifo(tmp_path / "pipe")
    wishes = SourceWishes(width=160, height=96, loop=True)
    with open_source(parse_source(str(tmp_path / "pipe")), wishes) as source:
        said: list[str] = []
        for data in (video, b"no video" * 100, video):
            seen = source.captured
            (tmp_path / "pipe").write_bytes(data)
            while len(said) < 1 or "waiting for the next one" not in said[-1]:
                source.read(0.05)
                said += [notice.text for notice in source.notices()]
            assert (source.captured > seen) == (data is video)
            told, said = said, []
            assert any("cannot be read" in text for text in told) == (data is not video)
