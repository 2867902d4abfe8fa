"""Rows of a link measurement, shared by the tests of its table, its plot and its file."""

from __future__ import annotations

from benchmark.link.config import LinkConfig
from benchmark.link.results import LinkResults, LinkRow


def link_results(*, link: str = "bucket") -> LinkResults:
    """Two links: narrowcast on both, imagezmq on one, netgear missing."""
    config = LinkConfig(rates_kbps=(64, 128), systems=("narrowcast", "imagezmq", "netgear"), link=link)
    rows = [
        _row("narrowcast", 128, fps=14.5, age_ms=300),
        _row("narrowcast", 64, fps=11.0, age_ms=420),
        _row("imagezmq", 64, fps=0.9, age_ms=2100),
        LinkRow(system="netgear", link_kbps=64, reason="not installed"),
    ]
    return LinkResults(config=config, metrics=("psnr", "lpips_alex"), fps=15.0, rows=rows)


def _row(system: str, kbps: float, *, fps: float, age_ms: float) -> LinkRow:
    return LinkRow(
        system=system,
        link_kbps=kbps,
        fps=fps,
        age_p50_ms=age_ms / 2,
        age_p95_ms=age_ms,
        longest_ms=2 * age_ms,
        first_picture_ms=900.0,
        wire_kbps=0.9 * kbps,
        scores={"psnr": 27.5, "lpips_alex": 0.25},
    )
