"""The table of a fan-out run, and whether its target holds."""

from __future__ import annotations

from rich.console import Console

from benchmark.fanout.config import FanoutConfig
from benchmark.fanout.tables import fanout_table, target_text
from tests.benchmark.fanout.samples import fanout_results


def test_each_number_of_receivers_has_its_row() -> None:
    console = Console(width=150)
    with console.capture() as capture:
        console.print(fanout_table(FanoutConfig(), fanout_results((1, 50.0), (16, 75.0))))
    text = capture.get()
    assert "one receiver decodes and displays" in text
    assert "1.50" in text and "320.0" in text


def test_the_target_is_told() -> None:
    assert target_text(fanout_results((1, 50.0), (16, 75.0))).endswith("1.50 times, holds")
    assert target_text(fanout_results((1, 50.0), (16, 175.0))).endswith("3.50 times, MISSED")
    assert target_text(fanout_results((1, 50.0))).endswith("not measured")
