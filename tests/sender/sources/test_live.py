"""Tests of sender/sources/live.py: a camera that is unplugged and comes back, on a fake clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.live import (
    CameraInput,
    LiveInput,
    LiveWatch,
    SnapshotInput,
    open_camera,
    open_stream,
)
from narrowcast.sender.sources.video_reader import VideoReader, Viewing
from tests.reporters import keep_text
from tests.sender.fake_capture import FakeCapture, UnpluggableCamera
from tests.sender.fake_time import FakeClock
from tests.sender.video_files import write_image


@dataclass
class Watched:
    """What came out of a watch."""

    times_us: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    last: Picture | None = None

    def deliver(self, picture: Picture, capture_sender_us: int, index: int) -> None:
        self.last = picture
        self.times_us.append(capture_sender_us)
        self.indices.append(index)


def _watch(camera: UnpluggableCamera, max_fps: float | None = None) -> Watched:
    watched = Watched()

    def opened() -> LiveInput | None:
        capture = camera.open()
        if capture.isOpened():
            return CameraInput(capture)
        capture.release()
        return None

    watch = LiveWatch(
        "camera 0",
        opened,
        deliver=watched.deliver,
        notice=keep_text(watched.notices),
        clock=camera.clock,
        max_fps=max_fps,
    )
    watch.run(opened())
    return watched


def test_every_frame_comes_with_its_time_and_in_rgb() -> None:
    watched = _watch(UnpluggableCamera(FakeClock(2_000_000), []))
    assert watched.indices == list(range(len(watched.indices))) and len(watched.indices) in (60, 61)
    assert set(np.diff(watched.times_us)) == {33333}
    assert watched.last is not None and watched.last[0, 0].tolist() == [0, 0, 255]
    assert watched.notices == []


@pytest.mark.parametrize(
    ("camera_fps", "max_fps", "expected"), [(30, 15, 15), (30, 20, 20), (30, 60, 30), (25, 10, 10)]
)
def test_a_limit_on_fps_holds_on_average(camera_fps: float, max_fps: float, expected: float) -> None:
    watched = _watch(UnpluggableCamera(FakeClock(10_000_000), [], camera_fps), max_fps)
    assert len(watched.indices) == pytest.approx(10 * expected, abs=0.05 * 10 * expected)


def test_an_unplugged_camera_is_reopened_every_second_and_says_so_ever_more_rarely() -> None:
    camera = UnpluggableCamera(FakeClock(40_000_000), [(5, 24.5)])
    watched = _watch(camera)
    assert watched.notices == [
        "camera 0 gave no frame for 2.0 s; reopening every second (try 1)",
        "camera 0 gave no frame for 3.0 s; reopening every second (try 2)",
        "camera 0 gave no frame for 5.0 s; reopening every second (try 4)",
        "camera 0 gave no frame for 9.0 s; reopening every second (try 8)",
        "camera 0 gave no frame for 17.0 s; reopening every second (try 16)",
        "camera 0 is back after 20.0 s",
    ]
    assert np.diff(camera.opened_at_s[1:]).max() == pytest.approx(1.0)
    back_us = min(time_us for time_us in watched.times_us if time_us > 6_000_000)
    assert back_us < 24_500_000 + 2_000_000
    assert watched.times_us[-1] > 39_000_000
    assert camera.released == len(camera.opened_at_s), "every handle is closed, the last one too"


def test_a_second_outage_is_told_like_the_first() -> None:
    watched = _watch(UnpluggableCamera(FakeClock(40_000_000), [(5, 10), (20, 23.5)]))
    firsts = [line for line in watched.notices if line.endswith("(try 1)")]
    assert len(firsts) == 2
    assert watched.notices[-1].startswith("camera 0 is back")


def test_opening_what_is_not_there_says_how_to_fix_it() -> None:
    camera = UnpluggableCamera(FakeClock(1_000_000), [(0, 10)])
    with pytest.raises(SourceError, match="no camera 3; plug it in, name another"):
        open_camera(3, "camera 3", 64, 48, lambda target, width, height: camera.open())
    assert camera.released == 1
    with pytest.raises(SourceError, match="nothing to see at rtsp://cam/1 .*; check the address") as error:
        open_stream("rtsp://me:secret@127.0.0.1:9/1", "rtsp://cam/1", Viewing(width=64, height=48))
    assert "secret" not in str(error.value)


def test_opencv_is_not_believed_alone() -> None:
    class Liar(FakeCapture):
        def retrieve(self) -> tuple[bool, Picture | None]:
            return True, np.zeros((0, 0, 3), np.uint8)

    camera = UnpluggableCamera(FakeClock(1_000_000), [])
    opened = CameraInput(Liar(camera))
    assert opened.advance() and opened.picture() is None


def test_a_snapshot_url_is_asked_again_for_each_picture(tmp_path: Path) -> None:
    path = write_image(tmp_path / "shot.jpg", 3)
    opened: list[float] = []

    def open_once() -> VideoReader:
        opened.append(time.monotonic())
        if len(opened) == 2:
            raise SourceError("busy")
        return VideoReader(str(path), Viewing(width=160, height=96))

    snapshots = SnapshotInput(open_once, every_s=0.01)
    assert [snapshots.advance() for _ in range(3)] == [True, False, True]
    picture = snapshots.picture()
    assert picture is not None and picture.shape == (96, 160, 3)
