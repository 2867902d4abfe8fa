"""The command `narrowcast repair`."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.receiver.play.repair_command import main
from tests.receiver.ncast_samples import coded_frames, read, record, sequences


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording whose last frame is cut off."""
    made = tmp_path / "r.ncast"
    record(made, coded_frames(12))
    made.write_bytes(made.read_bytes()[:-1])
    return made


def test_it_writes_beside_the_original_and_tells_what_is_lost(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = path.read_bytes()
    assert main([str(path)]) == 0
    loss, kept = capsys.readouterr().out.splitlines()
    out = path.with_name("r-repaired.ncast")
    assert loss.startswith("the recording stops behind 0:00:01.0")
    assert kept == f"kept 11 frames up to 0:00:01.0 in {out}"
    assert path.read_bytes() == before and sequences(read(out)) == list(range(11))
    assert main([str(path)]) == 2 and "exists already and is kept" in capsys.readouterr().err
    assert main([str(path), "--overwrite"]) == 0


def test_in_place_and_under_another_name(path: Path, tmp_path: Path) -> None:
    assert main([str(path), "--out", str(tmp_path / "b.ncast")]) == 0
    assert main([str(path), "--in-place"]) == 0
    assert sequences(read(path)) == sequences(read(tmp_path / "b.ncast")) == list(range(11))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["r.ncast", "--out", "r.ncast", "--overwrite"], "use --in-place to replace it"),
        (["r.ncast", "--out", "x.mp4"], "--out is 'x.mp4'; it has to end in .ncast"),
        (["r.ncast", "--out", "x.ncast", "--in-place"], "--in-place puts the recording in place"),
        (["none.ncast"], "cannot read none.ncast"),
    ],
)
def test_mistakes_get_one_line(
    path: Path,
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(path.parent)
    before = path.read_bytes()
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and path.read_bytes() == before
