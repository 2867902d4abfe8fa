"""What the generator is told of a picture, and how much of what it paints is shown. Without torch."""

from __future__ import annotations

from narrowcast.codec.hybrid.base_format import SCALES, BaseFormat

STRIDE = 16
"""Pictures are padded to a multiple of this."""

CONDITIONS = 4 + len(SCALES)
"""Quantiser, keyframe, format, the size one-hot, then how crisp the source is."""

USUAL_DETAIL, DETAIL_GAIN = 0.4, 5.0
"""The source's encoder.fine_detail is told as its distance from the usual one, times the gain."""


def quantiser_of(base: BaseFormat, crf: int) -> float:
    """Return how coarse a quantiser is: 0 at a format's best, 1 at its worst."""
    share = (crf - base.crf_best) / (base.crf_worst - base.crf_best)
    return min(1.0, max(0.0, share))


def conditions(base: BaseFormat, crf: int, scale: int, *, keyframe: bool, detail: float) -> list[float]:
    """Return the vector that `Restoration.gain` takes: what is told of base layer and source."""
    sizes = [float(scale == index) for index in range(len(SCALES))]
    crispness = DETAIL_GAIN * (detail - USUAL_DETAIL)
    return [quantiser_of(base, crf), float(keyframe), float(base.number), *sizes, crispness]


SOFT, CRISP = 0.36, 0.42
STRENGTH_SOFT, STRENGTH_CRISP = 1.0, 1.3
"""What the residual is multiplied by, for sources with little and with much encoder.fine_detail.

Trained with a pixel loss beside the others, the generator is timid; twice its residual gains more on one
crisp clip and harms another (docs/experiments.md).
"""

COARSE = 0.4
"""Quantiser (quantiser_of) from which all of that is added; a finer one took less away."""


def restoration_strength(detail: float, quantiser: float) -> float:
    """Return what the residual is multiplied by for a source of this much fine detail, coded so coarsely."""
    share = min(1.0, max(0.0, (detail - SOFT) / (CRISP - SOFT)))
    return min(1.0, quantiser / COARSE) * (STRENGTH_SOFT + share * (STRENGTH_CRISP - STRENGTH_SOFT))
