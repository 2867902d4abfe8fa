"""Tests of pipe.py: bytes as they come, the end, and a source that is closed meanwhile."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.pipe import PipeFile
from narrowcast.sender.sources.source_clock import SourceClock


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_bytes_come_and_end_with_the_writer(pipe: Path) -> None:
    with PipeFile(str(pipe), SourceClock()) as file:
        writer = threading.Thread(target=lambda: pipe.write_bytes(b"moving pictures"))
        writer.start()
        data = b"".join(iter(lambda: file.read(4), b""))
        writer.join()
    assert data == b"moving pictures"


def test_a_closed_source_ends_the_wait(pipe: Path) -> None:
    clock = SourceClock()
    with PipeFile(str(pipe), clock) as file:
        threading.Timer(0.05, clock.stop).start()
        assert file.read(4) == b""
    file.close()


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        PipeFile(str(tmp_path / "nothing"), SourceClock())
