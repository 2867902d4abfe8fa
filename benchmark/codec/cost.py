"""What inter frames cost beside a keyframe, clip by clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from narrowcast.benchmark.clips import Clip
from narrowcast.codec import Encoder

STILL_BELOW = 8
"""A pixel that changes by fewer levels stands still: noise, and what coding the clip did."""


@dataclass(frozen=True, kw_only=True)
class CostRow:
    """What one clip's frames cost."""

    clip: str
    "name of the clip"
    frames: int
    "that were coded"
    still: float
    "share of the source's pixels that stand still from frame to frame: high for a fixed camera"
    keyframe_bytes: float
    "mean of the keyframes: the first, and one at each cut"
    keyframes: int
    "how many"
    inter_bytes: float
    "mean of the other frames"

    @property
    def ratio(self) -> float:
        """An inter frame's share of a keyframe."""
        return self.inter_bytes / self.keyframe_bytes


def measure_cost(clip: Clip, encoder: Encoder, quality: float) -> CostRow:
    """Code the clip at one quality."""
    coded = [encoder.encode(picture, quality=quality) for picture in clip.frames]
    keyframes = [len(frame.payload) for frame in coded if frame.keyframe]
    inter = [len(frame.payload) for frame in coded if not frame.keyframe]
    return CostRow(
        clip=clip.name,
        frames=len(coded),
        still=still_share(clip),
        keyframe_bytes=sum(keyframes) / len(keyframes),
        keyframes=len(keyframes),
        inter_bytes=sum(inter) / max(1, len(inter)),
    )


def still_share(clip: Clip) -> float:
    """Return the mean share of pixels none of whose channels changes much from frame to frame."""
    shares = []
    for before, after in zip(clip.frames, clip.frames[1:], strict=False):
        change = np.maximum(before, after) - np.minimum(before, after)
        shares.append(float((change.max(axis=2) < STILL_BELOW).mean()))
    return float(np.mean(shares)) if shares else 1.0
