"""The file below a recording, and the names that keys and buttons give to files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from narrowcast.receiver.recording.file import (
    FileExistsAlready,
    RecordError,
    RecordingFile,
    create_file,
    free_name,
    saved_name,
)

NOW = datetime(2026, 1, 31, 23, 59, 58, 123456)


def test_it_ends_where_it_was_whole_once_it_is_given_up(tmp_path: Path) -> None:
    file = RecordingFile(tmp_path / "r")
    file.write(b"whole")
    file.keep()
    file.write(b" and a half-written rest")
    file.give_up()
    assert file.write(b"clean-up") == 8
    file.seek(0)
    file.write(b"X")
    file.give_up()
    file.close()
    assert (tmp_path / "r").read_bytes() == b"whole"


def test_writes_are_there_at_once_and_places_can_be_written_again(tmp_path: Path) -> None:
    file = RecordingFile(tmp_path / "r")
    file.write(b"0123")
    assert (tmp_path / "r").read_bytes() == b"0123"
    file.seek(1)
    file.write(b"a")
    assert file.tell() == 2
    file.close()
    assert (tmp_path / "r").read_bytes() == b"0a23"


def test_a_name_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no folder .*none; make it first"):
        create_file(tmp_path / "none" / "r.ncast")
    with pytest.raises(RecordError, match="is a directory; choose another name"):
        create_file(tmp_path)


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("", "narrowcast-20260131-235958-123456.png"),
        ("front_2", "narrowcast-front_2-20260131-235958-123456.png"),
        ("../../etc/x", "narrowcast-______etc_x-20260131-235958-123456.png"),
    ],
)
def test_a_name_says_when_and_of_what_and_stays_in_its_folder(stream: str, name: str) -> None:
    assert saved_name(stream, ".png", now=NOW) == name
    assert (Path("folder") / name).parent == Path("folder")


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsAlready, match="r exists already and is kept; choose another name"):
        create_file(path)
    with pytest.raises(FileExistsError):
        RecordingFile(path)
    assert path.read_bytes() == b"precious"
    create_file(path, overwrite=True).close()
    assert path.read_bytes() == b""


def test_only_a_file_that_it_has_made_is_removed(tmp_path: Path) -> None:
    own, replaced, emptied = (tmp_path / name for name in ("own", "replaced", "emptied"))
    emptied.write_bytes(b"old")
    files = [create_file(own), create_file(replaced), create_file(emptied, overwrite=True)]
    replaced.unlink()
    replaced.write_bytes(b"by somebody else")
    for file in files:
        file.discard()
        file.discard()
    assert not own.exists() and replaced.read_bytes() == b"by somebody else" and emptied.exists()


def test_a_free_name_is_found(tmp_path: Path) -> None:
    assert free_name(tmp_path / "a.png") == tmp_path / "a.png"
    for name in ("a.png", "a-2.png"):
        (tmp_path / name).touch()
    assert free_name(tmp_path / "a.png") == tmp_path / "a-3.png"
