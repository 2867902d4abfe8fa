"""Quality for the next frame: a leaky bucket for the bits, and a model of bits against quality."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from protocol.wire_size import frame_wire_bytes

BUCKET_SECONDS = 1.0
"Bits that may run ahead of the target: a keyframe fits in, and the delay it makes stays bearable."

KEYFRAME_SHARE = 0.8
"Of the free bucket, for a keyframe; the rest keeps the frames after it going."

INTER_GAIN = 0.1
"How much of the way back to a half full bucket one inter frame makes; the other half is for a keyframe."

FORGETTING = 0.9
"The model's memory: about ten frames, because a scene does not stay the same for longer."

PRIOR_OCTAVES = 3.5
"Bits double this often from quality 0 to 1, until measured."

MIN_OCTAVES = 0.5
MAX_OCTAVES = 10.0
"A slope outside these comes from noise, not from a codec."

PRIOR_BITS = 4000.0
"A first guess for any frame at quality 0; the first frame coded corrects it."


@dataclass(frozen=True, kw_only=True)
class QualityConfig:
    """What the user asked for."""

    quality: float = 0.5
    "in [0, 1]: the best that is worth sending"
    max_kbps: float = 0.0
    "cap on the wire; 0 for none"
    fps: float = 15.0
    "frames a second that the budget is shared by"

    def __post_init__(self) -> None:
        if not 0.0 <= self.quality <= 1.0:
            raise ValueError(f"quality needs to be from 0 to 1, got {self.quality}")
        if self.max_kbps < 0.0:
            raise ValueError(f"max_kbps needs to be 0 (no cap) or more, got {self.max_kbps}")
        if self.fps <= 0.0:
            raise ValueError(f"fps needs to be more than 0, got {self.fps}")


@dataclass(kw_only=True)
class BitsModel:
    """log2(bits) = base + octaves * quality, fitted to the last frames by weighted least squares."""

    base: float = math.log2(PRIOR_BITS)
    "log2 of the bits at quality 0"
    octaves: float = PRIOR_OCTAVES
    "doublings from quality 0 to quality 1"
    _weight: float = 0.0
    _sum_q: float = 0.0
    _sum_y: float = 0.0
    _sum_qq: float = 0.0
    _sum_qy: float = 0.0

    def learn(self, quality: float, bits: int) -> None:
        """Take one coded frame."""
        y = math.log2(max(1, bits))
        self._weight = FORGETTING * self._weight + 1.0
        self._sum_q = FORGETTING * self._sum_q + quality
        self._sum_y = FORGETTING * self._sum_y + y
        self._sum_qq = FORGETTING * self._sum_qq + quality * quality
        self._sum_qy = FORGETTING * self._sum_qy + quality * y
        mean_q, mean_y = self._sum_q / self._weight, self._sum_y / self._weight
        variance = self._sum_qq / self._weight - mean_q * mean_q
        covariance = self._sum_qy / self._weight - mean_q * mean_y
        # The prior slope counts like a spread of 0.1 in quality: without any spread it is all there is.
        slope = (covariance + 0.01 * PRIOR_OCTAVES) / (variance + 0.01)
        self.octaves = min(max(slope, MIN_OCTAVES), MAX_OCTAVES)
        self.base = mean_y - self.octaves * mean_q

    def quality_for(self, bits: float) -> float:
        """The quality at which a frame takes about this many bits; may lie outside [0, 1]."""
        return (math.log2(max(1.0, bits)) - self.base) / self.octaves


@dataclass(kw_only=True)
class LeakyBucket:
    """Fills with what is sent and leaks at the target rate."""

    level_bits: float = 0.0
    "sent and not yet leaked"
    at_us: int | None = None
    "our clock, when the level was right"

    def leak(self, rate_bps: float, now_us: int) -> None:
        """Bring the level up to date."""
        if self.at_us is not None:
            self.level_bits = max(0.0, self.level_bits - rate_bps * (now_us - self.at_us) / 1e6)
        self.at_us = now_us


@dataclass(kw_only=True)
class QualityController:
    """Holds the rate under the user's cap and the link's budget, whichever is lower."""

    config: QualityConfig
    "what the user asked for"
    _keyframes: BitsModel = field(default_factory=BitsModel)
    _inters: BitsModel = field(default_factory=BitsModel)
    _bucket: LeakyBucket = field(default_factory=LeakyBucket)

    def target_bps(self, budget_bps: float | None) -> float | None:
        """The rate to hold: the user's cap or the link's budget; None where there is neither."""
        limits = [] if budget_bps is None else [budget_bps]
        if self.config.max_kbps > 0:
            limits.append(1000 * self.config.max_kbps)
        return min(limits, default=None)

    def ready(self, budget_bps: float | None, now_us: int) -> bool:
        """Say whether a frame may be coded now; if not, even the lowest quality was too much: skip it."""
        target_bps = self.target_bps(budget_bps)
        if target_bps is None:
            return True
        self._bucket.leak(target_bps, now_us)
        return self._bucket.level_bits < BUCKET_SECONDS * target_bps

    def next_quality(self, *, keyframe: bool, budget_bps: float | None, now_us: int) -> float:
        """Choose the quality for the next frame, from 0 to what the user asked for."""
        target_bps = self.target_bps(budget_bps)
        if target_bps is None:
            return self.config.quality
        self._bucket.leak(target_bps, now_us)
        depth_bits = BUCKET_SECONDS * target_bps
        free_bits = max(0.0, depth_bits - self._bucket.level_bits)
        share_bits = target_bps / self.config.fps
        if keyframe:
            wanted_bits = max(share_bits, KEYFRAME_SHARE * free_bits)
        else:
            wanted_bits = min(free_bits, share_bits + INTER_GAIN * (free_bits - depth_bits / 2))
        payload_bits = max(1.0, wanted_bits - 8 * frame_wire_bytes(0))
        quality = self._model(keyframe).quality_for(payload_bits)
        return min(max(quality, 0.0), self.config.quality)

    def frame_coded(self, *, payload_bytes: int, quality: float, keyframe: bool, now_us: int) -> None:
        """Learn from a coded frame, and fill the bucket with it."""
        self._model(keyframe).learn(quality, 8 * payload_bytes)
        self._bucket.level_bits += 8 * frame_wire_bytes(payload_bytes)
        if self._bucket.at_us is None:
            self._bucket.at_us = now_us

    def _model(self, keyframe: bool) -> BitsModel:
        return self._keyframes if keyframe else self._inters
