"""The plot of a fan-out run: what the sender pays, and how old pictures are."""

from __future__ import annotations

from pathlib import Path

from benchmark.fanout.results import TARGET_RATIO, FanoutRow
from benchmark.output_files import load_pyplot, save_figure

WIDTH_IN, HEIGHT_IN = 10.0, 3.2


def plot_fanout(rows: list[FanoutRow], path: Path) -> None:
    """Draw CPU, bytes and age over the number of receivers."""
    rows = sorted(rows, key=lambda row: row.receivers)
    pyplot = load_pyplot()
    figure, (cpu, sent, age) = pyplot.subplots(1, 3, figsize=(WIDTH_IN, HEIGHT_IN))
    receivers = [row.receivers for row in rows]
    cpu.plot(receivers, [row.sender_cpu_percent for row in rows], marker="o")
    cpu.set_title("sender's CPU, % of one core", fontsize=9)
    sent.plot(receivers, [row.sent_bytes_per_s / 1000 for row in rows], marker="o")
    sent.set_title("sent, kB/s", fontsize=9)
    age.plot(receivers, [row.shown_age_ms.p95 for row in rows], marker="o", label="shown")
    light = [row for row in rows if row.light_age_ms.p95 is not None]
    age.plot(
        [row.receivers for row in light],
        [row.light_age_ms.p95 for row in light],
        marker="o",
        label="taken by light receivers",
    )
    alone = next((row.shown_age_ms.p95 for row in rows if row.receivers == 1), None)
    if alone is not None:
        age.axhline(TARGET_RATIO * alone, color="grey", linewidth=0.8, linestyle=":", label="target")
    age.set_title("age p95, ms", fontsize=9)
    age.legend(fontsize=7)
    for panel in (cpu, sent, age):
        panel.set_xscale("log", base=2)
        panel.set_xticks(receivers, [str(count) for count in receivers])
        panel.set_xlabel("receivers", fontsize=8)
        panel.set_ylim(bottom=0)
        panel.tick_params(labelsize=8)
        panel.grid(visible=True, alpha=0.25)
    save_figure(figure, path)
