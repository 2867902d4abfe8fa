"""What a recording is told is checked before anything is opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narrowcast.receiver.recording.file import FileExistsAlready, RecordError
from narrowcast.receiver.recording.options import RecordOptions


def test_a_file_that_exists_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    for name in ("r.mp4", "r.mkv", "r.ncast"):
        path = tmp_path / name
        path.write_bytes(b"precious")
        with pytest.raises(FileExistsAlready, match="exists already and is kept; choose another name"):
            RecordOptions(path=path).check()
        RecordOptions(path=path, overwrite=True).check()
        assert path.read_bytes() == b"precious", "nothing is opened yet"


def test_a_link_counts_as_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "none")
    with pytest.raises(FileExistsAlready):
        RecordOptions(path=tmp_path / "dangling.mp4").check()


def test_a_pattern_needs_its_folder_alone(tmp_path: Path) -> None:
    RecordOptions(path=tmp_path / "cam-%H.mp4").check()
    with pytest.raises(RecordError, match="there is no folder"):
        RecordOptions(path=tmp_path / "none" / "cam-%H.mp4").check()
    with pytest.raises(RecordError, match="has to end in"):
        RecordOptions(path=tmp_path / "cam-%H.avi").check()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_there_to_be_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mkv")
    RecordOptions(path=tmp_path / "pipe.mkv").check()
