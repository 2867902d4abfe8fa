"""Tests of container.py: names that look like something else, and reasons in words."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.container import open_container
from tests.sender.video_files import write_video


@pytest.mark.parametrize("name", ["cam-12:30:00.mp4", "b\udce9.mp4", "\N{CAMERA} ä.mp4", "a%20b?c.mp4"])
def test_any_name_of_a_file_is_a_file(tmp_path: Path, name: str) -> None:
    write_video(tmp_path / "v.mp4", frames=3, fps=50)
    os.rename(tmp_path / "v.mp4", tmp_path / name)
    with open_container(str(tmp_path / name)) as container:
        assert len(container.streams.video) == 1


def test_what_bytes_can_be_read_from_is_taken_too(tmp_path: Path) -> None:
    data = write_video(tmp_path / "v.mkv", frames=3, fps=50).read_bytes()
    with open_container(io.BytesIO(data)) as container:
        assert len(list(container.decode(video=0))) == 3


@pytest.mark.parametrize(
    ("target", "reason"),
    [("nowhere.mp4", "no such file"), ("http://127.0.0.1:9/v", "refused"), ("concat:a|b", "no such file")],
)
def test_what_cannot_be_opened_says_why_without_its_name(target: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as error:
        open_container(target)
    assert target not in str(error.value)
