"""A stretch of a recording as a file of its own."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from narrowcast.receiver.play.__main__ import main
from narrowcast.receiver.play.config import Span
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.play.cut import cut
from narrowcast.receiver.play.replay import wall_clock_of
from narrowcast.receiver.play.source import source_of
from narrowcast.receiver.recording.payload_file import PayloadFile, PayloadFileError
from tests.receiver.ncast_samples import FRAME_US, coded_frames, read, record, sequences


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of twenty frames, every fifth a keyframe."""
    record(tmp_path / "r.ncast", coded_frames(20, "gan"))
    return tmp_path / "r.ncast"


def test_a_stretch_is_copied_from_the_keyframe_before_it(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "part.ncast"
    with source_of(PayloadFile(path)) as source:
        assert cut(source, out, Span(from_us=7 * FRAME_US, to_us=13 * FRAME_US)) == 9
        entry = source.index.entry_before(7 * FRAME_US)
    assert sequences(read(out)) == list(range(5, 14))
    with PayloadFile(out) as file:
        contents = examine(file)
        assert not contents.losses and contents.duration_us == 8 * FRAME_US
        first = source_of(file).index.entry_before(0)
        assert first is not None and entry is not None and first.time_us == 0
        assert wall_clock_of(first.stream, 0) == wall_clock_of(entry.stream, entry.time_us)


def test_a_stretch_with_damage_keeps_what_can_be_decoded(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with source_of(PayloadFile(path)) as source:
        copied = cut(source, tmp_path / "part.ncast", Span(from_us=0, to_us=math.inf))
    with PayloadFile(tmp_path / "part.ncast") as file:
        contents = examine(file)
    assert 5 < contents.frames == copied < 20 and not contents.losses


def test_where_nothing_is_copied_nothing_is_left(path: Path, tmp_path: Path) -> None:
    nothing = pytest.raises(PayloadFileError, match="no whole keyframe in this stretch")
    with source_of(PayloadFile(path)) as source, nothing:
        cut(source, tmp_path / "part.ncast", Span(from_us=0, to_us=-1))
    assert not (tmp_path / "part.ncast").exists()


def test_the_command_copies_payloads(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "part.ncast")
    assert main([str(path), "--export", out, "--from", "0.5"]) == 0
    assert capsys.readouterr().out == f"copied 15 frames to {out}\n"
    assert main([str(path), "--export", out]) == 2
    assert "exists" in capsys.readouterr().err
    assert main([str(path), "--export", out, "--overwrite", "--timelapse", "60x"]) == 2
    assert "--timelapse needs pictures" in capsys.readouterr().err
