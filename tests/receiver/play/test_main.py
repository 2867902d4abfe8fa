"""The command `narrowcast play`."""

from __future__ import annotations

from pathlib import Path

import pytest

from receiver.play.__main__ import main
from tests.receiver.ncast_samples import coded_frames, record
from tests.receiver.test_pipeline import recorded_frames


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of twelve frames."""
    record(tmp_path / "r.ncast", coded_frames(12))
    return tmp_path / "r.ncast"


def test_info_says_what_is_in_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(path), "--info"]) == 0
    stream, sums, verdict = capsys.readouterr().out.splitlines()
    assert stream.rstrip().endswith("64x64, jpeg")
    assert sums.startswith("0:00:01.1: 12 frames, 12 keyframes, ") and sums.endswith(" kbit/s)")
    assert verdict == "every record is as it was written"


def test_info_says_where_it_is_damaged(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    assert main([str(path), "--info"]) == 0
    assert "the recording stops behind 0:00:01.0, at byte" in capsys.readouterr().out


def test_a_part_is_exported(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.mp4"
    assert main([str(path), "--export", str(out), "--from", "0.25", "--to", "0.65"]) == 0
    assert capsys.readouterr().out == f"exported 4 frames to {out}\n"
    assert recorded_frames(out) == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "3", "--to", "2"], "--to is 2; it has to be later than"),
        (["--speed", "0"], "--speed is 0; it has to be from 0.01 to 1000"),
        (["--export", "out.gif"], "has to end in .mp4"),
        (["--weights", "none"], "jpeg has no generator"),
        (["--info", "--export"], "expected one argument"),
    ],
)
def test_mistakes_get_one_line(
    path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if "--weights" in arguments:
        arguments = [*arguments, "--export", str(tmp_path / "out")]
    try:
        status = main([str(path), *arguments])
    except SystemExit as ending:
        assert isinstance(ending.code, int)
        status = ending.code
    error = capsys.readouterr().err
    assert status == 2 and words in error and error.count("\n") == 1


def test_what_is_no_recording_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.ncast").write_bytes(b"something else")
    assert main([str(tmp_path / "r.ncast")]) == 2
    assert "no recording of payloads" in capsys.readouterr().err


def test_without_a_display_it_names_the_way_out(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main([str(path)]) == 2
    assert "no display here; use --export" in capsys.readouterr().err
