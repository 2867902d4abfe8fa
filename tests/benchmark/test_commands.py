"""What commands share: the stream, the weights, an interrupted run, files as far as there is anything."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from benchmark.commands import (
    WEIGHTS_VARIABLE,
    add_file_arguments,
    add_stream_arguments,
    add_weights_argument,
    run_shown,
    stream_from,
    weights_from,
    write_files,
)
from benchmark.progress import INTERRUPTED, Listener
from benchmark.stream_settings import StreamSettings
from narrowcast.errors import BenchError


class RowByRow:
    """A measurement whose run is interrupted after a number of rows."""

    def __init__(self, listener: Listener, rows: int) -> None:
        self._rows = rows
        self.rows: list[int] = []
        listener.begin(rows)

    def run(self) -> None:
        """Measure, and be interrupted."""
        self.rows += range(self._rows)
        raise KeyboardInterrupt


class RowFile:
    """Results that note themselves."""

    def write_json(self, path: Path) -> None:
        """Write something."""
        path.write_text("[]", encoding="utf-8")


def parsed(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    add_stream_arguments(parser)
    add_weights_argument(parser, "folder")
    add_file_arguments(parser)
    return parser.parse_args(arguments)


def test_the_command_lines_defaults_are_those_of_the_settings() -> None:
    assert stream_from(parsed()) == StreamSettings()


def test_the_stream_is_what_the_command_line_says() -> None:
    found = stream_from(parsed("--size", "128x72", "--fps", "5", "--quality", "0.25", "--threads", "1"))
    assert found == StreamSettings(width=128, height=72, fps=5, quality=0.25, threads=1)


def test_weights_are_named_by_argument_or_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    assert weights_from(parsed()) is None
    monkeypatch.setenv(WEIGHTS_VARIABLE, "here")
    assert weights_from(parsed()) == Path("here")
    assert weights_from(parsed("--weights", "there")) == Path("there")


def test_an_interrupted_run_keeps_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_shown(lambda listener: RowByRow(listener, 3), plot=None).rows == [0, 1, 2]
    assert INTERRUPTED in capsys.readouterr().err


def test_both_files_are_written(tmp_path: Path) -> None:
    files = parsed("--json", str(tmp_path / "rows.json"), "--plot", str(tmp_path / "plot.png"))
    write_files(RowFile(), found=True, json=files.json, plot=files.plot, draw=lambda path: path.touch())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plot.png", "rows.json"]


def test_what_found_nothing_leaves_its_json_and_no_plot(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="nothing was measured"):
        write_files(
            RowFile(),
            found=False,
            json=tmp_path / "rows.json",
            plot=tmp_path / "plot.png",
            draw=lambda path: path.touch(),
        )
    assert [path.name for path in tmp_path.iterdir()] == ["rows.json"]
