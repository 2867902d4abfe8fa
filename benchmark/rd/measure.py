"""Rate against quality: a clip through a codec at each of its settings, and what the metrics say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from narrowcast.benchmark.clips import Clip
from narrowcast.benchmark.metrics import METRICS, Metric
from narrowcast.benchmark.peers.peer import Coded, Peer, code_clip
from narrowcast.benchmark.rd.curves import RdPoint, kbps_of
from narrowcast.codec.metrics.lpips import Lpips
from narrowcast.codec.metrics.temporal import flicker, temporal_lpips

COSTLY_STRIDE = 3
"""With VGG16 on every scored frame, 40 frames through eight codecs would take ten minutes on two cores."""


def scored_frames(frames: int, every: int, costly: bool) -> range:
    """Return which frames of a clip a metric looks at: one in `every`, a costly one a third of those.

    The keyframe is not among them, which would count for more than it is. Even strides grow by one: video
    encoders code every second, fourth and eighth frame finer, and an even stride would meet only frames of
    one kind, a different one for each encoder.
    """
    stride = (COSTLY_STRIDE * every if costly else every) | 1
    return range(min(every // 2, frames - 1), frames, stride)


def steps_of(peer: Peer, frames: int, metrics: Mapping[str, Metric], every: int) -> int:
    """Return how often measure_peer() will call its on_step."""
    scored = sum(len(scored_frames(frames, every, METRICS[name].costly)) for name in metrics)
    return len(peer.settings) * (1 + scored)


def measure_peer(
    clip: Clip,
    peer: Peer,
    metrics: Mapping[str, Metric],
    *,
    every: int,
    on_step: Callable[[int], None],
    temporal: Lpips | None = None,
) -> list[RdPoint]:
    """Code the clip at each setting of the peer, score every so many frames; PeerError where coding fails."""
    coded: list[Coded] = []
    for setting in peer.settings:
        coded.append(code_clip(peer, clip, setting))
        on_step(1)
    scores = [
        _score(clip, coded, metric, scored_frames(len(clip.frames), every, METRICS[name].costly), on_step)
        for name, metric in metrics.items()
    ]
    by_setting = [dict(zip(metrics, column, strict=True)) for column in zip(*scores, strict=True)]
    by_lpips: list[float | None] = [None] * len(coded)
    if temporal is not None:
        indices = scored_frames(len(clip.frames), every, costly=False)
        by_lpips = temporal_lpips(temporal, clip.frames, [each.frames for each in coded], indices)
    return [_point(clip, peer, *row) for row in zip(peer.settings, coded, by_setting, by_lpips, strict=True)]


def _score(
    clip: Clip, coded: Sequence[Coded], metric: Metric, indices: range, on_step: Callable[[int], None]
) -> list[float]:
    """Return one metric's mean for each setting; every reference is looked at once for all of them."""
    table = []
    for index in indices:
        table.append(metric(clip.frames[index], [each.frames[index] for each in coded]))
        on_step(len(coded))
    return [float(mean) for mean in np.mean(table, axis=0)]


def _point(
    clip: Clip,
    peer: Peer,
    setting: float,
    coded: Coded,
    scores: Mapping[str, float],
    by_lpips: float | None,
) -> RdPoint:
    height, width = clip.frames[0].shape[:2]
    inter = coded.frame_bytes[1:]
    return RdPoint(
        clip=clip.name,
        codec=peer.name,
        setting=peer.label(setting),
        setting_value=setting,
        width=width,
        height=height,
        fps=clip.fps,
        frames=len(clip.frames),
        kbps=kbps_of(coded.frame_bytes, clip.fps),
        bpp=8 * sum(coded.frame_bytes) / len(clip.frames) / clip.pixels,
        keyframe_bytes=coded.frame_bytes[0],
        inter_kbps=kbps_of(inter, clip.fps) if inter else None,
        flicker=flicker(clip.frames, coded.frames),
        temporal_lpips=by_lpips,
        scores=scores,
    )
