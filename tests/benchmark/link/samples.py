"""Rows of a link measurement, shared by the tests of its table, its plot and its file."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.benchmark.link.benchmark import LinkFacts
from narrowcast.benchmark.link.rows import LinkRow, LinkStep
from narrowcast.benchmark.link.settings import LinkSettings
from narrowcast.benchmark.results import Gap, Results


def link_results(*, tunnel: bool = False, proxy: bool = False) -> Results[LinkSettings]:
    """Two links: narrowcast on both, imagezmq on one, netgear missing."""
    settings = LinkSettings(
        rates=(64, 128), systems=("narrowcast", "imagezmq", "netgear"), tunnel=tunnel, proxy=proxy
    )
    outcomes = [
        LinkFacts(fps=15.0, metrics=("psnr", "lpips_alex")),
        _row("narrowcast", 128, fps=14.5, age_ms=300),
        _row("narrowcast", 64, fps=11.0, age_ms=420),
        _row("imagezmq", 64, fps=0.9, age_ms=2100),
        Gap(key={"link_kbps": 64, "system": "netgear"}, reason="not installed"),
    ]
    return Results(settings=settings, outcomes=outcomes)


def stepped_results() -> Results[LinkSettings]:
    """One link that changes."""
    steps = tuple(
        LinkStep(
            system="narrowcast",
            link_kbps=kbps,
            fps=14.0,
            age_p50_ms=100,
            age_p95_ms=200,
            longest_ms=300,
            scores={"psnr": 27.5, "lpips_alex": 0.25},
        )
        for kbps in (128.0, 32.0, 128.0)
    )
    row = replace(_row("narrowcast", 96, fps=14.0, age_ms=200), steps=steps)
    settings = LinkSettings(steps=(128, 32, 128), systems=("narrowcast",))
    facts = LinkFacts(fps=15.0, metrics=("psnr", "lpips_alex"))
    return Results(settings=settings, outcomes=[facts, row])


def _row(system: str, kbps: float, *, fps: float, age_ms: float) -> LinkRow:
    return LinkRow(
        system=system,
        link_kbps=kbps,
        fps=fps,
        age_p50_ms=age_ms / 2,
        age_p95_ms=age_ms,
        longest_ms=2 * age_ms,
        first_picture_ms=900.0,
        start_ms=2500.0,
        headers_sent_bytes=91.0 if system == "narrowcast" else None,
        headers_received_bytes=74.0 if system == "narrowcast" else None,
        keyframes=0 if system == "narrowcast" else None,
        wire_kbps=0.9 * kbps,
        scores={"psnr": 27.5, "lpips_alex": 0.25},
    )
