"""Recordings of payloads as videos and picture files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.receiver.play.export import export, timelapse
from narrowcast.receiver.play.replay import ReplayedFrame
from narrowcast.receiver.recording.file import FileExistsAlready
from narrowcast.receiver.recording.video import RecordError
from tests.receiver.ncast_samples import FRAME_US, coded_frames, record
from tests.receiver.play.test_replay import replayed
from tests.receiver.test_pipeline import recorded_frames


@pytest.fixture
def frames(tmp_path: Path) -> list[ReplayedFrame]:
    """The pictures of a recording."""
    record(tmp_path / "r.ncast", coded_frames(6))
    return replayed(tmp_path / "r.ncast")[0]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_a_video_has_every_picture(tmp_path: Path, frames: list[ReplayedFrame], suffix: str) -> None:
    assert export(iter(frames), tmp_path / f"out{suffix}") == 6
    assert recorded_frames(tmp_path / f"out{suffix}") == 6


def test_png_files_are_the_pictures_in_order_of_their_names(
    tmp_path: Path, frames: list[ReplayedFrame]
) -> None:
    assert export(iter(frames), tmp_path / "shots" / "a") == 6
    paths = sorted((tmp_path / "shots" / "a").iterdir())
    assert [int(path.stem) for path in paths] == [number * FRAME_US // 1000 for number in range(6)]
    for path, frame in zip(paths, frames, strict=True):
        bgr = cv2.imread(str(path))
        assert bgr is not None and np.array_equal(bgr[..., ::-1], frame.rgb)


def test_a_target_that_cannot_be_is_refused(tmp_path: Path, frames: list[ReplayedFrame]) -> None:
    with pytest.raises(RecordError, match="has to end in .mp4, .mov, .mkv, .ncast, or be a folder"):
        export(iter(frames), tmp_path / "out.gif")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordError, match="cannot write into .* no folder"):
        export(iter(frames), tmp_path / "file")


def test_what_is_there_is_kept_unless_it_may_be_replaced(tmp_path: Path, frames: list[ReplayedFrame]) -> None:
    video, folder = tmp_path / "out.mp4", tmp_path / "shots"
    video.write_bytes(b"precious")
    folder.mkdir()
    (folder / "000000000.png").write_bytes(b"precious")
    for target in (video, folder):
        with pytest.raises(RecordError, match="is kept; choose .*; to replace .*, use overwrite=True"):
            export(iter(frames), target)
    assert video.read_bytes() == (folder / "000000000.png").read_bytes() == b"precious"
    for target in (video, folder):
        assert export(iter(frames), target, overwrite=True) == 6
    assert recorded_frames(video) == len(list(folder.iterdir())) == 6


def test_a_file_made_while_pictures_are_written_is_kept(tmp_path: Path, frames: list[ReplayedFrame]) -> None:
    def meddling() -> Iterator[ReplayedFrame]:
        yield frames[0]
        (tmp_path / "shots" / "000000100.png").write_bytes(b"precious")
        yield frames[1]

    with pytest.raises(FileExistsAlready):
        export(meddling(), tmp_path / "shots")
    assert (tmp_path / "shots" / "000000100.png").read_bytes() == b"precious"


def test_a_time_lapse_is_even_and_as_fast_as_asked_for(tmp_path: Path, frames: list[ReplayedFrame]) -> None:
    assert [frame.time_us for frame in timelapse(frames)] == [0, 33333, 66666, 100000, 133333, 166666]
    assert all(a.rgb is b.rgb for a, b in zip(timelapse(frames), frames, strict=True))
