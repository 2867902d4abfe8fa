"""BD-rate (Bjontegaard 2001) with PCHIP: how many per cent more bits a codec needs for equal quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MIN_POINTS = 2
"""A curve needs two points that rise; four or more make it a good one."""
NEEDS_SCIPY = "needs SciPy: pip install 'narrowcast[bench]'"


@dataclass(frozen=True, kw_only=True)
class BdRate:
    """The outcome of one comparison."""

    percent: float | None
    "the test's rate above the anchor's at equal quality; negative is better; None where not comparable"
    reason: str = ""
    "why there is no figure"


@dataclass(frozen=True, kw_only=True)
class RateCurve:
    """A codec's rates and scores, point by point."""

    rates: Sequence[float]
    "kbit/s or bits a pixel, above 0"
    scores: Sequence[float]
    "by any metric"


def bd_rate(anchor: RateCurve, test: RateCurve, *, higher_is_better: bool) -> BdRate:
    """Compare over the range of scores that both curves reach."""
    first, second = (_rising(curve, higher_is_better) for curve in (anchor, test))
    if min(len(first[0]), len(second[0])) < MIN_POINTS:
        return BdRate(percent=None, reason="a curve has fewer than two points that rise")
    low, high = max(first[0][0], second[0][0]), min(first[0][-1], second[0][-1])
    if low >= high:
        return BdRate(percent=None, reason="the curves do not overlap")
    try:
        from scipy.interpolate import PchipInterpolator
    except ImportError:
        return BdRate(percent=None, reason=NEEDS_SCIPY)
    areas = [PchipInterpolator(*curve).integrate(low, high) for curve in (first, second)]
    gain = (areas[1] - areas[0]) / (high - low)
    return BdRate(percent=float(np.exp(gain) - 1) * 100)


def _rising(curve: RateCurve, higher_is_better: bool) -> tuple[Array, Array]:
    """Return quality (rising) and log rate (rising), without points that cost more than a better one."""
    sign = 1 if higher_is_better else -1
    kept: list[tuple[float, float]] = []
    for rate, score in sorted(zip(curve.rates, curve.scores, strict=True)):
        if rate > 0 and (not kept or (sign * score > kept[-1][0] and rate > np.exp(kept[-1][1]))):
            kept.append((sign * score, float(np.log(rate))))
    points = np.array(kept, np.float64).reshape(-1, 2)
    return points[:, 0], points[:, 1]
