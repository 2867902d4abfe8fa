"""A recorded video: what was added can be played, whatever happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.receiver.recording.video import SUFFIXES, Picture, Recorder, RecordError

SECOND_US = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a player finds in a file."""

    pictures: list[Picture]
    times_s: list[float]
    duration_s: float


def _play(path: Path) -> Played:
    with av.open(str(path), "r") as container:
        duration_s = (container.duration or 0) / 1e6
        frames = list(container.decode(video=0))
    return Played(
        pictures=[np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames],
        times_s=[float(frame.time or 0) for frame in frames],
        duration_s=duration_s,
    )


def _grey(level: int, width: int = 96, height: int = 64) -> Picture:
    return np.full((height, width, 3), level, np.uint8)


def _record(path: Path, times_us: list[int], fps: float = 15) -> Played:
    with Recorder(path, fps) as recorder:
        for place, time_us in enumerate(times_us):
            recorder.add(_grey(20 + 5 * (place % 40)), time_us)
        assert recorder.frames_written == len(times_us)
    return _play(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_n_frames_in_n_frames_out_with_their_times(tmp_path: Path, suffix: str) -> None:
    times_us = [7_000_000 + round(place * SECOND_US / 15) for place in range(45)]
    played = _record(tmp_path / f"r{suffix}", times_us)
    assert len(played.pictures) == 45
    for place, picture in enumerate(played.pictures):
        assert abs(int(picture.mean()) - (20 + 5 * (place % 40))) <= 3
    expected = [(time_us - times_us[0]) / 1e6 for time_us in times_us]
    assert played.times_s == pytest.approx(expected, abs=0.002)
    assert played.duration_s == pytest.approx(3.0, abs=0.07)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_pace_of_capture_is_kept_not_the_nominal_one(tmp_path: Path, suffix: str) -> None:
    times_us = [0, 400_000, 450_000, 1_700_000, 3_000_000, 6_000_000]
    played = _record(tmp_path / f"r{suffix}", times_us)
    assert played.times_s == pytest.approx([time_us / 1e6 for time_us in times_us], abs=0.002)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_times_that_stand_still_or_fall_or_leap_do_not_break_it(tmp_path: Path, suffix: str) -> None:
    day_us = 86_400 * SECOND_US
    times_us = [
        day_us,
        day_us,
        day_us,
        day_us - 5,
        12,
        12 + 40_000,
        9 * day_us,
        9 * day_us + 66_667,
        -3,
        -2,
        -1,
    ]
    played = _record(tmp_path / f"r{suffix}", times_us)
    assert len(played.pictures) == len(times_us)
    assert np.all(np.diff(played.times_s) > 0)
    assert played.times_s[-1] < 1.0
    assert played.duration_s < 1.2


@pytest.mark.parametrize("size", [(97, 65), (64, 67), (641, 359)])
def test_odd_sizes_are_padded_to_even(tmp_path: Path, size: tuple[int, int]) -> None:
    with Recorder(tmp_path / "r.mp4", 15) as recorder:
        recorder.add(_grey(150, *size), 0)
    (picture,) = _play(tmp_path / "r.mp4").pictures
    assert picture.shape == (size[1] + size[1] % 2, size[0] + size[0] % 2, 3)
    assert np.all(np.abs(picture.astype(int) - 150) <= 4), "the added edge is no black line"


def test_a_picture_of_another_size_is_centred(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.mp4", 15) as recorder:
        recorder.add(_grey(200), 0)
        recorder.add(_grey(200, 64, 64), 66_667)
        recorder.add(_grey(200, 200, 100), 133_333)
    _, small, large = _play(tmp_path / "r.mp4").pictures
    assert small[:, :14].mean() < 10 and small[:, 18:78].mean() > 190
    assert large.shape == (64, 96, 3) and large.mean() > 190


def test_colours_come_back(tmp_path: Path) -> None:
    colours = [(220, 40, 40), (40, 200, 60), (50, 60, 210), (230, 220, 60)]
    with Recorder(tmp_path / "r.mp4", 15) as recorder:
        for place, colour in enumerate(colours):
            recorder.add(np.full((64, 96, 3), colour, np.uint8), place * 66_667)
    with av.open(str(tmp_path / "r.mp4"), "r") as container:
        frames = [
            frame.reformat(format="rgb24", src_colorspace="ITU709") for frame in container.decode(video=0)
        ]
    for frame, colour in zip(frames, colours, strict=True):
        assert np.abs(frame.to_ndarray().mean(axis=(0, 1)) - colour).max() < 6


KILLED = """
import sys, numpy as np
from narrowcast.receiver.recording.video import Recorder
recorder = Recorder(sys.argv[1], 15)
rng = np.random.default_rng(0)
for place in range(75):
    recorder.add(rng.integers(0, 256, (64, 96, 3), dtype=np.uint8), place * 1_000_000 // 15)
print("written", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_killed_recorder_loses_a_second_at_most(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"r{suffix}"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    played = _play(path)
    assert 75 - 15 <= len(played.pictures) <= 75
    assert played.times_s[-1] >= 4 - 1 / 15 - 0.01


def test_close_finishes_after_an_error_and_twice(tmp_path: Path) -> None:
    path = tmp_path / "r.mp4"
    with pytest.raises(KeyboardInterrupt), Recorder(path, 15) as recorder:
        recorder.add(_grey(100), 0)
        raise KeyboardInterrupt
    recorder.close()
    assert len(_play(path).pictures) == 1


def test_a_recording_without_a_frame_leaves_no_file(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.mp4", 15) as recorder:
        assert recorder.frames_written == 0
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"r.avi: its name has to end in .mp4, .mov, .mkv"):
        Recorder(tmp_path / "r.avi", 15)
    with pytest.raises(RecordError, match="there is no folder .*none; make it first"):
        Recorder(tmp_path / "none" / "r.mp4", 15)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(RecordError, match="is a directory; choose another name"):
        Recorder(tmp_path / "folder.mp4", 15)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    (tmp_path / "r.mkv").symlink_to("/dev/full")
    with (
        pytest.raises(RecordError, match="no space left on device; is the disk full"),
        Recorder(tmp_path / "r.mkv", 15) as recorder,
    ):
        for place in range(40):
            recorder.add(_grey(place), place * 66_667)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("marks", [True, False])
def test_the_file_says_how_painted_pictures_are_told(tmp_path: Path, suffix: str, marks: bool) -> None:
    path = tmp_path / f"r{suffix}"
    with Recorder(path, 15, marks=marks) as recorder:
        recorder.add(_grey(100), 0)
    with av.open(str(path)) as container:
        comment = {name.lower(): text for name, text in container.metadata.items()}["comment"]
    assert ('says "reconstructed"' in comment) is marks and ("not marked" in comment) is not marks
