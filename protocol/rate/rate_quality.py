"""Rate-quality control: the quality at which a frame takes the bits that it may, by a model that learns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

FORGETTING = 0.93
"The model's memory: about fifteen frames, a second of a scene."

SCENE_CHANGE_OCTAVES = 1.2
"A frame so far from the model shows that the scene has changed: what was learnt before counts little."

SCENE_CHANGE_FORGETTING = 0.3

PRIOR_OCTAVES = 3.5
"Bits double this often from quality 0 to 1, until measured."

PRIOR_VARIANCE = 0.01
"The prior slope counts like a spread of 0.1 in quality: without any spread it is all there is."

MIN_OCTAVES = 1.0
MAX_OCTAVES = 10.0
"A slope outside these comes from noise, not from a codec."

PRIOR_KEYFRAME_BITS = 16_000.0
PRIOR_INTER_BITS = 4_000.0
"First guesses at quality 0; the first frame coded corrects them."

MAX_RISE = 0.04
"Of quality, from one inter frame to the next: what a frame saves must not make the next one a burst."


@dataclass(kw_only=True)
class RateQualityModel:
    """log2(bits) = base + octaves * quality, fitted to the last frames by weighted least squares."""

    base: float
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
        scene_changed = abs(y - self.base - self.octaves * quality) > SCENE_CHANGE_OCTAVES
        keep = SCENE_CHANGE_FORGETTING if scene_changed else FORGETTING
        self._weight = keep * self._weight + 1.0
        self._sum_q = keep * self._sum_q + quality
        self._sum_y = keep * self._sum_y + y
        self._sum_qq = keep * self._sum_qq + quality * quality
        self._sum_qy = keep * self._sum_qy + quality * y
        mean_q, mean_y = self._sum_q / self._weight, self._sum_y / self._weight
        variance = self._sum_qq / self._weight - mean_q * mean_q
        covariance = self._sum_qy / self._weight - mean_q * mean_y
        slope = (covariance + PRIOR_VARIANCE * PRIOR_OCTAVES) / (variance + PRIOR_VARIANCE)
        self.octaves = min(max(slope, MIN_OCTAVES), MAX_OCTAVES)
        self.base = mean_y - self.octaves * mean_q

    def quality_for(self, bits: float) -> float:
        """The quality at which a frame takes about this many bits; may lie outside [0, 1]."""
        return (math.log2(max(1.0, bits)) - self.base) / self.octaves


@dataclass(kw_only=True)
class RateQualityController:
    """Chooses each frame's quality; keyframes and inter frames are learnt apart."""

    max_quality: float = 0.5
    "in [0, 1]: the best that is worth sending"
    _keyframes: RateQualityModel = field(default_factory=lambda: _first_guess(PRIOR_KEYFRAME_BITS))
    _inters: RateQualityModel = field(default_factory=lambda: _first_guess(PRIOR_INTER_BITS))
    _last_inter: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.max_quality <= 1.0:
            raise ValueError(f"max_quality needs to be from 0 to 1, got {self.max_quality}")

    def next_quality(self, *, keyframe: bool, payload_bytes: float | None) -> float:
        """Choose the quality for a frame that may take so many bytes; None for any number."""
        if payload_bytes is None:
            return self.max_quality
        quality = self._model(keyframe).quality_for(8 * payload_bytes)
        if not keyframe and self._last_inter is not None:
            quality = min(quality, self._last_inter + MAX_RISE)
        quality = min(max(quality, 0.0), self.max_quality)
        if not keyframe:
            # What was asked for, not what it was coded at: a codec with few steps must be able to climb.
            self._last_inter = quality
        return quality

    def frame_coded(self, *, payload_bytes: int, quality: float, keyframe: bool) -> None:
        """Learn from a coded frame."""
        self._model(keyframe).learn(quality, 8 * payload_bytes)

    def _model(self, keyframe: bool) -> RateQualityModel:
        return self._keyframes if keyframe else self._inters


def _first_guess(bits: float) -> RateQualityModel:
    return RateQualityModel(base=math.log2(bits))
