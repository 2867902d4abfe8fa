"""A recording in pieces, on disks that are full, slow or gone, with time that a test makes pass."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.recording.file import FileExistsAlready, RecordingFile
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.payload_file import PayloadFile
from narrowcast.receiver.recording.writer import MIN_FREE_BYTES, FrameToRecord, RecordingWriter
from tests.receiver.frame_samples import arrived_frame
from tests.reporters import keep_text

PICTURE = np.full((64, 64, 3), 99, np.uint8)
STEP_US = 200_000
PATTERN = "cam-%Y%m%d-%H%M%S.{}"


class Disk:
    """Is full whenever a test says so: then no file can be written to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.free_bytes = 0
        write = RecordingFile.write

        def limited(file: RecordingFile, data: bytes) -> int:
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(file, data)

        monkeypatch.setattr(RecordingFile, "write", limited)


class Rig:
    """A writer, its clock, and what it told."""

    def __init__(self, options: RecordOptions, disk: Disk | None = None) -> None:
        self.now_s = 0.0
        self.told: list[str] = []
        self.number = 0
        self.writer = RecordingWriter(
            options,
            keep_text(self.told),
            bool,
            now_s=lambda: self.now_s,
            free_bytes=lambda folder: disk.free_bytes if disk is not None else 10**12,
        )

    def add(self, count: int, *, keyframe: Callable[[int], bool] = lambda number: number % 5 == 0) -> None:
        """Frames, five a second."""
        for _ in range(count):
            arrived = arrived_frame(
                sequence=self.number,
                capture_sender_us=self.number * STEP_US,
                keyframe=keyframe(self.number),
            )
            self.writer.add(FrameToRecord(arrived=arrived, picture=PICTURE, painted=False))
            self.number += 1
            self.now_s += STEP_US / 1e6


def frames_in(path: Path) -> int:
    """How many can be played."""
    if path.suffix == ".ncast":
        with PayloadFile(path) as file:
            contents = examine(file)
            assert not contents.losses
            return contents.frames
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ncast"])
def test_files_follow_each_other_and_every_one_plays(tmp_path: Path, suffix: str) -> None:
    rig = Rig(RecordOptions(path=tmp_path / PATTERN.format(suffix), segment_s=3))
    rig.add(40)
    rig.writer.close()
    paths = sorted(tmp_path.iterdir())
    assert [frames_in(path) for path in paths] == [15, 15, 10] and rig.writer.files == 3
    assert all(re.fullmatch(rf"cam-\d{{8}}-\d{{6}}(-\d)?\.{suffix}", path.name) for path in paths)


def test_payloads_begin_a_file_with_a_keyframe_and_ask_for_it(tmp_path: Path) -> None:
    rig = Rig(RecordOptions(path=tmp_path / PATTERN.format("ncast"), segment_s=12, keyframe_s=0))
    rig.add(60, keyframe=lambda number: number == 0)
    assert not rig.writer.wants_keyframe
    rig.add(3, keyframe=lambda number: False)
    assert rig.writer.wants_keyframe and rig.writer.files == 1, "and goes on in the old file until it comes"
    rig.add(3)
    assert rig.writer.files == 2 and not rig.writer.wants_keyframe


def test_after_ten_seconds_without_a_keyframe_one_is_asked_for(tmp_path: Path) -> None:
    rig = Rig(RecordOptions(path=tmp_path / "r.ncast"))
    rig.add(50, keyframe=lambda number: number == 0)
    assert not rig.writer.wants_keyframe
    rig.add(1, keyframe=lambda number: False)
    assert rig.writer.wants_keyframe
    rig.add(1, keyframe=lambda number: True)
    assert not rig.writer.wants_keyframe


def test_what_comes_before_the_first_keyframe_is_of_no_use(tmp_path: Path) -> None:
    rig = Rig(RecordOptions(path=tmp_path / "r.ncast"))
    rig.add(3, keyframe=lambda number: False)
    assert rig.writer.wants_keyframe and rig.writer.frames_lost == 3 and not list(tmp_path.iterdir())


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    """Two segments of one minute, in a pattern that says no seconds."""
    rig = Rig(RecordOptions(path=tmp_path / "cam-%Y.mp4", segment_s=1))
    rig.add(12)
    rig.writer.close()
    stems = sorted(path.stem[8:] for path in tmp_path.iterdir())
    assert stems == ["", "-2", "-3"]


def test_a_file_made_since_the_start_is_kept_and_told(tmp_path: Path) -> None:
    path = tmp_path / "r.mp4"
    rig = Rig(RecordOptions(path=path))
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsAlready):
        rig.add(1)
    rig.add(1)
    rig.writer.close()
    assert path.read_bytes() == b"precious" and rig.writer.ended


def test_one_that_may_be_replaced_is_emptied_with_the_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "r.mp4"
    path.write_bytes(b"old")
    options = RecordOptions(path=path, overwrite=True)
    Rig(options).writer.close()
    assert path.read_bytes() == b"old", "no frame came"
    rig = Rig(options)
    rig.add(5)
    rig.writer.close()
    assert frames_in(path) == 5


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ncast"])
def test_recording_goes_on_when_the_disk_has_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    disk = Disk(monkeypatch)
    rig = Rig(RecordOptions(path=tmp_path / f"r.{suffix}"), disk)
    rig.add(20)
    disk.full = True
    rig.add(100)
    assert len(rig.told) == 1, "one line, however long it lasts"
    assert "no space left on device; is the disk full? Recording has stopped" in rig.told[0]
    disk.full = False
    rig.add(30)
    assert rig.writer.files == 1, "there is hardly any room"
    disk.free_bytes = MIN_FREE_BYTES
    rig.add(60)
    rig.writer.close()
    assert rig.told[1] == f"recording goes on, in {tmp_path / f'r-2.{suffix}'}"
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"r-2.{suffix}", f"r.{suffix}"]
    assert frames_in(tmp_path / f"r.{suffix}") >= 14 and frames_in(tmp_path / f"r-2.{suffix}") >= 30
    assert rig.writer.frames_written + rig.writer.frames_lost == 210


def test_a_disk_that_is_full_from_the_start_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    disk.full = True
    for name in ("r.mp4", "r.mkv", "r.ncast"):
        rig = Rig(RecordOptions(path=tmp_path / name), disk)
        rig.add(3)
        rig.writer.close()
        assert len(rig.told) == 1
    assert list(tmp_path.iterdir()) == []


def test_with_a_limit_old_files_go_first_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    options = RecordOptions(path=tmp_path / PATTERN.format("ncast"), segment_s=1, keep_bytes=1e12)
    rig = Rig(options, disk)
    rig.add(21)
    before = sorted(tmp_path.glob("cam*"))
    assert len(before) == 5
    other = tmp_path / "cam-20200101-000000.ncast"
    other.write_bytes(b"precious")
    disk.full = True
    unlink = Path.unlink

    def unlink_and_free(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        disk.free_bytes += MIN_FREE_BYTES // 2
        disk.full = disk.free_bytes < MIN_FREE_BYTES

    monkeypatch.setattr(Path, "unlink", unlink_and_free)
    rig.add(1)
    assert rig.told == ["the disk is full: removed 2 of the recording's oldest files"]
    rig.add(5)
    assert other.read_bytes() == b"precious" and rig.writer.files == 6
    assert not before[0].exists() and before[-1].exists()


def test_old_files_are_removed_as_new_ones_begin(tmp_path: Path) -> None:
    options = RecordOptions(path=tmp_path / PATTERN.format("ncast"), segment_s=1, keep_bytes=7000)
    rig = Rig(options)
    rig.add(60)
    rig.writer.close()
    paths = list(tmp_path.glob("cam*"))
    assert 2 <= len(paths) <= 3 and rig.writer.files == 12
    assert sum(frames_in(path) for path in paths) == 5 * len(paths)
