"""The tables of a speed run."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmark.speed.tables import size_table, stages_table, start_table
from tests.benchmark.speed.samples import speed_results


def text_of(table: Table) -> str:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_each_codec_has_its_row_and_the_missing_one_its_reason() -> None:
    text = text_of(size_table(speed_results(), (64, 64)))
    assert "openvino" in text and "0.50" in text and "40" in text
    assert "x264" in text and "not installed" in text
    assert "+0.5" in text and "2000" in text


def test_stages_and_start_are_of_learned_codecs_alone() -> None:
    results = speed_results()
    stages, start = text_of(stages_table(results)), text_of(start_table(results))
    assert "synthesis" in stages and "jpeg" not in stages
    assert stages.count("2.0") == 8
    assert "6.25" in start and start.count("64x64") == 2
