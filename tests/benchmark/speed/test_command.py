"""`narrowcast bench speed` from the command line to its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.__main__ import main
from tests.benchmark.bench_samples import write_video

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


def test_it_shows_a_table_and_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    write_video(tmp_path / "street.avi", 6)
    files = [tmp_path / "rows.json", tmp_path / "plot.png"]
    status = main(
        [
            *("speed", "--clip", str(tmp_path / "street.avi"), "--sizes", "64x64", "--threads", "1"),
            *("--codecs", "jpeg", "--frames", "2", "--json", str(files[0]), "--plot", str(files[1])),
        ]
    )
    assert status == 0
    assert "64x64: one frame, medians" in capsys.readouterr().out
    assert json.loads(files[0].read_text(encoding="utf-8"))["rows"][0]["codec"] == "jpeg"
    assert files[1].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sizes", "wide"), "'wide'"),
        (("--codecs", "h266"), "'h266'"),
        (("--backends", "tpu"), "'tpu'"),
        (("--threads", "none"), "threads is 'none'"),
        (("--clip", "gone.mp4", "--backends", "torch"), "gone.mp4"),
        (("--json", "nowhere/rows.json"), "nowhere"),
    ],
)
def test_bad_input_gets_status_2_and_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speed", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: error: ") and said in captured.err
