"""`narrowcast lab hybrids CLIP` from the settings to the chapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import numpy as np
import torch

from narrowcast.benchmark.metrics import METRICS, Metric
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.rd.measure import scored_frames
from narrowcast.benchmark.rd.run import load_fitting_metrics
from narrowcast.benchmark.settings import weights_of_environment
from narrowcast.benchmark.tables import Column
from narrowcast.codec import Rgb
from narrowcast.codec.names import Entropy
from narrowcast.lab.chapter import Chapter, make_folder
from narrowcast.lab.grids import amplified, labelled, write_rgb
from narrowcast.lab.hybrids.streams import CodedStream, gan_payloads, gan_stream, hybrid_streams
from narrowcast.lab.pictures import FPS, lab_clip
from narrowcast.lab.settings import ClipSettings, command_of
from narrowcast.runtime.settings import Setting

EVERY = 3
TILE = 400
GAIN = 6.0
"How much the residual is amplified in its picture."


@dataclass(frozen=True, kw_only=True)
class HybridsSettings(ClipSettings):
    """A clip, and how many bits it may take."""

    quality: Annotated[float, Setting(minimum=0, maximum=1)] = 0.3
    "of the hybrid codec; its bits are what the others get"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = None
    "folder of the metrics' networks, for LPIPS and DISTS; by default what NARROWCAST_BENCH_WEIGHTS names"


SETTINGS = HybridsSettings


@dataclass(frozen=True, kw_only=True)
class ScoredStream:
    """A stream, and what metrics say of it."""

    stream: CodedStream
    scores: Mapping[str, float]
    "by the metric's name"


def run(settings: HybridsSettings) -> Chapter:
    """Code the clip in each way, score and show it."""
    torch.set_num_threads(settings.threads)
    chapter = Chapter(
        name="hybrids", folder=make_folder(settings.out), command=command_of("hybrids", settings)
    )
    clip = lab_clip(settings.clip, settings.size, settings.frames).frames
    with Listener() as listener:
        listener.activity("coding")
        weights = settings.weights or weights_of_environment()
        metrics = load_fitting_metrics(
            _names(weights), settings.size, weights, torch.device("cpu"), listener.notice
        )
        hybrid, base = hybrid_streams(clip, settings.quality, settings.threads)
        gan, quality = gan_stream(clip, hybrid.payload_bytes, settings.threads)
        if gan.payload_bytes > hybrid.payload_bytes:
            listener.notice(
                f"the GAN codec's least is {gan.kbps:.0f} kbit/s, more than the hybrid's {hybrid.kbps:.0f}"
            )
        listener.activity("scoring")
        scored = [_scored(clip, stream, metrics) for stream in (base, hybrid, gan)]
    _tables(chapter, scored, metrics)
    _entropy_table(chapter, clip, quality, settings.threads)
    chapter.facts |= {
        "clip": settings.clip.name,
        "frames": str(len(clip)),
        "size": f"{settings.size[0]}x{settings.size[1]}",
        "kbps": f"{hybrid.kbps:.0f}",
        "gan_kbps": f"{gan.kbps:.0f}",
    }
    _picture(chapter, clip, base, hybrid, gan)
    chapter.save()
    return chapter


def _names(weights: Path | None) -> list[str]:
    """The metrics: those that see through networks of their own only where there is a folder of them."""
    return [name for name in METRICS if weights is not None or name in ("psnr", "ms_ssim", "realism")]


def _scored(clip: Sequence[Rgb], stream: CodedStream, metrics: Mapping[str, Metric]) -> ScoredStream:
    scores = {
        name: float(
            np.mean(
                [
                    metric(clip[index], [stream.frames[index]])[0]
                    for index in scored_frames(len(clip), EVERY, METRICS[name].costly)
                ]
            )
        )
        for name, metric in metrics.items()
    }
    return ScoredStream(stream=stream, scores=scores)


def _tables(chapter: Chapter, scored: Sequence[ScoredStream], metrics: Mapping[str, Metric]) -> None:
    columns = [
        Column("codec", "stream.name"),
        Column("what is sent, and who paints", "stream.what"),
        Column("kbit/s", "stream.kbps", ".0f"),
        *(_metric_column(name) for name in metrics),
    ]
    chapter.table("streams", "GAN + transform and GAN + entropy coding, at equal kbit/s", columns, scored)


def _metric_column(name: str) -> Column:
    def score(row: ScoredStream) -> float:
        return row.scores[name]

    return Column(METRICS[name].label, score, f".{METRICS[name].decimals}f")


@dataclass(frozen=True, kw_only=True)
class EntropyStream:
    """The GAN codec at one quality with one of the entropy coders."""

    entropy: Entropy
    kbps: float
    payload_bytes: int


def _entropy_table(chapter: Chapter, clip: Sequence[Rgb], quality: float, threads: int) -> None:
    """What the GAN codec's stream takes under each entropy coder that a sender may choose."""
    rows = []
    for entropy in get_args(Entropy):
        size = sum(map(len, gan_payloads(clip, quality, entropy, threads)))
        rows.append(
            EntropyStream(entropy=entropy, kbps=8 * size / len(clip) * FPS / 1000, payload_bytes=size)
        )
    columns = [
        Column("--entropy", "entropy"),
        Column("bytes", "payload_bytes", ",.0f"),
        Column("kbit/s", "kbps", ".0f"),
    ]
    chapter.table("entropy", f"GAN + entropy codec, streamed, at quality {quality:.2f}", columns, rows)


def _picture(
    chapter: Chapter, clip: Sequence[Rgb], base: CodedStream, hybrid: CodedStream, gan: CodedStream
) -> None:
    """The last frame in each way, and what the generator added to the base."""
    last = len(clip) - 1
    residual = hybrid.frames[last].astype(np.int16) - base.frames[last]
    pictures = {
        "original": clip[last],
        f"base alone, {base.kbps:.0f} kbit/s": base.frames[last],
        f"hybrid, {hybrid.kbps:.0f} kbit/s": hybrid.frames[last],
        f"the generator's residual, {GAIN:.0f} times": amplified(residual, GAIN),
        f"gan, {gan.kbps:.0f} kbit/s": gan.frames[last],
    }
    height, width = clip[0].shape[:2]
    top, left = height // 3, width // 3
    crops = {
        f"{name}, cut": picture[top : top + height // 3, left : left + width // 3]
        for name, picture in pictures.items()
        if "residual" not in name
    }
    path = chapter.figure("streams", "The last frame of each stream, and cuts of it.")
    write_rgb(path, labelled(pictures | crops, columns=3, width=TILE))
