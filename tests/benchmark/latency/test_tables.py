"""The tables of a latency run: stages, histogram, and whether the methods agree."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from benchmark.latency.tables import BAR_WIDTH, agreement_text, histogram_table, latency_table
from tests.benchmark.latency.samples import frame_latency, latency_row


def text_of(table: Table) -> str:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_table_has_every_stage_and_both_methods() -> None:
    text = text_of(latency_table(latency_row(frame_latency(50, 49), frame_latency(60, None))))
    for words in ("capture wait", "encode", "network", "decode", "display", "+- 0.2 ms", "the number"):
        assert words in text
    assert "60.0" in text and "49.0" in text


def test_what_could_not_be_measured_is_a_dash() -> None:
    assert " - " in text_of(latency_table(latency_row(frame_latency(50, None))))


def test_the_histogram_counts_every_frame_once() -> None:
    row = latency_row(*(frame_latency(value) for value in (50, 50.5, 50.7, 100)))
    lines = text_of(histogram_table(row)).splitlines()[1:]
    counts = [int(line.split("ms")[1].split()[0]) for line in lines if "ms" in line]
    assert sum(counts) == 4 and counts[0] == 3 and counts[-1] == 1
    assert lines[0].count("█") == BAR_WIDTH


def test_frames_of_one_latency_make_one_bar() -> None:
    assert "█" in text_of(histogram_table(latency_row(frame_latency(50), frame_latency(50))))


def test_the_verdict_names_the_largest_difference() -> None:
    assert "agree on all 2 frames: at most 3.0 ms" in agreement_text(
        latency_row(frame_latency(50, 47), frame_latency(50, 49))
    )
    assert "DISAGREE on 1 of 2 frames: up to 90.0 ms" in agreement_text(
        latency_row(frame_latency(50, 140), frame_latency(50, 49))
    )
    assert "1 more could not be read" in agreement_text(
        latency_row(frame_latency(50, 49), frame_latency(50, None))
    )
    assert "unproven" in agreement_text(latency_row(frame_latency(50, None)))
