"""What `narrowcast bench link` finds out about one system on one link, and how a trial becomes that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from narrowcast.benchmark.link.age import Freshness, measure_freshness
from narrowcast.benchmark.link.quality import PlayedClip, score_trial
from narrowcast.benchmark.link.trial import LinkTrial
from narrowcast.benchmark.metrics import Metric


@dataclass(frozen=True, kw_only=True)
class LinkStep(Freshness):
    """One system on a link that changes, while it carries one of its rates."""

    system: str
    "as on the command line"
    link_kbps: float
    "what the link carries meanwhile"
    scores: Mapping[str, float]
    "means over a picture a second"


@dataclass(frozen=True, kw_only=True)
class LinkRow(Freshness):
    """One system on one link."""

    system: str
    "as on the command line"
    link_kbps: float
    "what the link carries; the mean, where that changes"
    first_picture_ms: float
    "from the source's first picture to the first one shown"
    start_ms: float
    "from the start of the program that was started last to the first picture shown"
    wire_kbps: float | None
    "sent, as the kernel counts it; through the proxy without headers"
    headers_sent_bytes: float | None
    "a frame: what the sender's end sent beside payloads; None where the system tells nothing of them"
    headers_received_bytes: float | None
    "a frame: what the sender's end received; None likewise"
    keyframes: int | None
    "coded after the first one; None likewise"
    scores: Mapping[str, float]
    "means over a picture a second"
    busy_share: float | None = None
    "of a core that each busy process had; None where there are none"
    steps: tuple[LinkStep, ...] = ()
    "the stretches of a link that changes"


def link_row(
    trial: LinkTrial,
    *,
    system: str,
    steps_kbps: tuple[float, ...],
    folder: Path,
    clip: PlayedClip,
    metrics: Mapping[str, Metric],
    busy_share: float | None,
) -> LinkRow:
    """Sum up a trial.

    Args:
        trial: what was shown when, and what the link carried.
        system: its name.
        steps_kbps: what the link carried, one after the other.
        folder: where the receiver kept pictures.
        clip: what was played.
        metrics: by name.
        busy_share: of a core that each busy process had.
    """
    steps = [
        LinkStep(
            system=system,
            link_kbps=kbps,
            **asdict(_freshness(trial, stretch_us)),
            scores=score_trial(trial, folder, clip, metrics, stretch_us),
        )
        for kbps, stretch_us in zip(steps_kbps, trial.steps_us, strict=True)
        if len(steps_kbps) > 1
    ]
    overhead = trial.overhead
    shown_us = trial.shown[0].shown_us
    return LinkRow(
        system=system,
        link_kbps=fmean(steps_kbps),
        **asdict(_freshness(trial, (trial.from_us, trial.to_us))),
        first_picture_ms=(shown_us - trial.first_capture_us) / 1000,
        start_ms=(shown_us - trial.started_us) / 1000,
        wire_kbps=trial.wire.sent_kbps(trial.from_us, trial.to_us),
        headers_sent_bytes=None if overhead is None else overhead.sent_bytes,
        headers_received_bytes=None if overhead is None else overhead.received_bytes,
        keyframes=trial.keyframes,
        scores=score_trial(trial, folder, clip, metrics),
        busy_share=busy_share,
        steps=tuple(steps),
    )


def _freshness(trial: LinkTrial, stretch_us: tuple[int, int]) -> Freshness:
    freshness = measure_freshness(trial.shown, *stretch_us)
    assert freshness is not None, "the time that is measured begins after the first picture"
    return freshness
