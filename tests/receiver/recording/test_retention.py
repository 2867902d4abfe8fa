"""Old files of a recording go, and no other file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narrowcast.receiver.recording.retention import Retention
from narrowcast.receiver.recording_names import RecordingNames

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0


class Folder:
    """A folder of segments of 1000 bytes, a day old each more than the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pattern = folder / "cam-%Y%m%d.mp4"

    def retention(self, *, keep_s: float | None = None, keep_bytes: float | None = None) -> Retention:
        return Retention(RecordingNames(self.pattern), keep_s=keep_s, keep_bytes=keep_bytes)

    def write(self, name: str, days_old: float) -> Path:
        path = self.folder / name
        path.write_bytes(bytes(1000))
        os.utime(path, (NOW_S - days_old * DAY_S,) * 2)
        return path

    def segments(self, count: int) -> list[Path]:
        """The oldest first, written down."""
        retention, paths = self.retention(), []
        for number in range(count):
            path = self.write(f"cam-2026010{number}.mp4", count - number)
            retention.made(path)
            retention.completed(path)
            paths.append(path)
        return paths


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty one."""
    return Folder(tmp_path)


def test_what_is_too_old_goes(folder: Folder) -> None:
    paths = folder.segments(5)
    retention = folder.retention(keep_s=2.5 * DAY_S)
    assert retention.clean(NOW_S, None) == paths[:3]
    assert [path.exists() for path in paths] == [False] * 3 + [True] * 2
    assert retention.clean(NOW_S, None) == []


def test_what_is_too_much_goes_the_oldest_first_and_the_current_one_counts(folder: Folder) -> None:
    paths = folder.segments(5)
    assert folder.retention(keep_bytes=3000).clean(NOW_S, paths[-1]) == paths[:2]
    assert folder.retention(keep_bytes=10).clean(NOW_S, paths[-1]) == paths[2:4]
    assert paths[-1].exists(), "the file being written is never removed"


def test_files_that_it_has_not_made_are_kept(folder: Folder) -> None:
    folder.segments(1)
    others = [folder.write(name, 100) for name in ("cam-20250101.mp4", "other.mp4", "cam-20250101.mp4.bak")]
    folder.retention().made(others[1])  # in the list, and not of the pattern
    folder.retention(keep_s=1, keep_bytes=1).clean(NOW_S, None)
    assert all(path.exists() for path in others)


def test_a_file_that_was_edited_or_replaced_is_kept(folder: Folder) -> None:
    edited, replaced, linked, untouched = folder.segments(4)
    os.utime(edited, (NOW_S, NOW_S))
    replaced.write_bytes(b"a holiday")
    linked.unlink()
    linked.symlink_to(folder.write("holiday.mp4", 100))
    assert folder.retention(keep_s=1).clean(NOW_S + 9 * DAY_S, None) == [untouched]
    assert edited.exists() and replaced.read_bytes() == b"a holiday" and linked.exists()


def test_one_that_was_being_written_when_the_program_was_killed_goes_too(folder: Folder) -> None:
    path = folder.write("cam-20260101.mp4", 9)
    folder.retention().made(path)
    assert folder.retention(keep_s=DAY_S).clean(NOW_S, None) == [path]


def test_room_is_made_file_by_file(folder: Folder) -> None:
    paths = folder.segments(2)
    retention = folder.retention(keep_bytes=1e9)
    assert [retention.make_room(None) for _ in range(3)] == [*paths, None]


@pytest.mark.parametrize(
    "lines",
    [
        b"\xff\xfe[[[\n",
        b'{"name": "../precious.mp4", "size": null, "changed_ns": null}\n',
        b'{"name": "precious.mp4", "size": null, "changed_ns": null}\n',
        b'{"name": 7, "size": 1, "changed_ns": 1}\n',
        b'{"name": "cam-20250101.mp4", "size": true, "changed_ns": 1e9}\n',
        b"[" * 100_000,
    ],
)
def test_a_list_that_somebody_wrote_into_removes_nothing(folder: Folder, lines: bytes) -> None:
    kept = [folder.write(name, 100) for name in ("precious.mp4", "cam-20250101.mp4")]
    retention = folder.retention(keep_s=1, keep_bytes=1)
    retention.list_path.write_bytes(lines)
    assert retention.clean(NOW_S, None) == [] and all(path.exists() for path in kept)


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path: Path) -> None:
    retention = Folder(tmp_path / "none").retention(keep_s=1)
    retention.made(tmp_path / "none" / "cam-20260101.mp4")
    retention.completed(tmp_path / "none" / "cam-20260101.mp4")
    assert retention.clean(NOW_S, None) == [] and retention.make_room(None) is None
