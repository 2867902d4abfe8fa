"""BD-rate (Bjontegaard 2001) with PCHIP: how many per cent more bits a codec needs for equal quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MIN_POINTS = 2
"""A curve needs two points that rise; four or more make it a good one."""


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
    gain = (_integral(*second, low, high) - _integral(*first, low, high)) / (high - low)
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


def pchip_slopes(x: Array, y: Array) -> Array:
    """Return the slope at each knot so that the cubics keep the data's monotony (Fritsch & Butland 1984)."""
    step, secant = np.diff(x), np.diff(y) / np.diff(x)
    if len(x) == 2:
        return np.repeat(secant, 2)
    slopes = np.zeros_like(x)
    before, after = secant[:-1], secant[1:]
    w1, w2 = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    same = before * after > 0
    slopes[1:-1][same] = ((w1 + w2)[same]) / (w1[same] / before[same] + w2[same] / after[same])
    slopes[0] = _end_slope(step[0], step[1], secant[0], secant[1])
    slopes[-1] = _end_slope(step[-1], step[-2], secant[-1], secant[-2])
    return slopes


def _end_slope(near: float, far: float, secant: float, next_secant: float) -> float:
    """Return the three-point estimate, limited where it would overshoot."""
    slope = ((2 * near + far) * secant - near * next_secant) / (near + far)
    if slope * secant <= 0:
        return 0.0
    if secant * next_secant <= 0 and abs(slope) > 3 * abs(secant):
        return 3 * secant
    return float(slope)


def pchip(x: Array, y: Array, at: Array) -> Array:
    """Interpolate y over rising x at places within its range."""
    slopes, index = pchip_slopes(x, y), np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    step = np.diff(x)[index]
    t = (at - x[index]) / step
    left = (1 + 2 * t) * (1 - t) ** 2 * y[index] + t * (1 - t) ** 2 * step * slopes[index]
    right = t**2 * (3 - 2 * t) * y[index + 1] + t**2 * (t - 1) * step * slopes[index + 1]
    return np.asarray(left + right)


def _integral(x: Array, y: Array, low: float, high: float) -> float:
    """Integrate the interpolant; Simpson's rule between knots is exact for cubics."""
    knots = np.concatenate(([low], x[(x > low) & (x < high)], [high]))
    values, middle = pchip(x, y, knots), pchip(x, y, (knots[:-1] + knots[1:]) / 2)
    return float(((values[:-1] + 4 * middle + values[1:]) * np.diff(knots)).sum() / 6)
