"""Files of results: replaced in one go, or a clear line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.errors import PlotError
from benchmark.output_files import load_pyplot, save_figure, write_json
from narrowcast.errors import BenchError


def test_json_is_replaced_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    for rows in ([1], [1, 2]):
        write_json(path, {"rows": rows})
    assert json.loads(path.read_text(encoding="utf-8")) == {"rows": [1, 2]}
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_gets_a_line(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BenchError, match="--json"):
        write_json(tmp_path / "folder", {})


def test_a_plot_that_cannot_be_written_gets_a_line(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    figure, _ = load_pyplot().subplots()
    with pytest.raises(PlotError, match="--plot"):
        save_figure(figure, tmp_path / "nowhere" / "plot.png")
