"""The command `narrowcast play`."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from narrowcast.receiver.play.__main__ import main
from tests.receiver.ncast_samples import coded_frames, record
from tests.receiver.test_pipeline import recorded_frames


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of twelve frames."""
    record(tmp_path / "r.ncast", coded_frames(12))
    return tmp_path / "r.ncast"


def test_info_says_what_is_in_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(path), "--info"]) == 0
    stream, sums, entries, verdict = capsys.readouterr().out.splitlines()
    assert stream.rstrip().endswith("64x64, jpeg")
    assert sums.startswith("0:00:01.1: 12 frames, 12 keyframes, ") and sums.endswith(" kbit/s)")
    assert entries == "3 entry points, 0.0 s from a keyframe to the next at most"
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
        (["--timelapse", "60x"], "there is no file to export to; use --export OUT.mp4"),
        (["--timelapse", "x"], "--timelapse is 'x'; write it as 60x"),
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


def test_info_and_export_date_a_loss_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.ncast"
    record(path, coded_frames(30))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20] = bytes(20)
    path.write_bytes(data)
    assert main([str(path), "--info"]) == 0
    (told,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("lost from")]
    assert main([str(path), "--export", str(tmp_path / "out.mp4")]) == 0
    assert told in capsys.readouterr().err.splitlines()
    assert recorded_frames(tmp_path / "out.mp4") >= 30 - 4, "four frames lie between two entry points"


def test_a_time_lapse_takes_one_picture_out_of_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "r.ncast", tmp_path / "out.mp4"
    record(path, coded_frames(30))
    assert main([str(path), "--timelapse", "9x", "--timestamp", "--export", str(out)]) == 0
    assert capsys.readouterr().out == f"exported 10 frames to {out}\n", "every 0.3 s of three seconds"
    with av.open(str(out)) as container:
        times_s = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert times_s == pytest.approx([number / 30 for number in range(10)], abs=0.002)


def test_an_existing_target_is_kept(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"precious")
    assert main([str(path), "--export", str(out)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "exists already and is kept" in error and "use --overwrite" in error
    assert out.read_bytes() == b"precious"
    assert main([str(path), "--export", str(out), "--overwrite"]) == 0 and recorded_frames(out) == 12
