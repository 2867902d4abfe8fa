"""Flicker and temporal LPIPS: how decoded frames change where the source stands still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmark.metrics.perceptual import LpipsMetric
from codec import Rgb

STILL_BELOW = 2
"""A pixel stands still where no channel of the source changes by so many levels: sensor noise at most."""


def flicker(source: Sequence[Rgb], decoded: Sequence[Rgb]) -> float | None:
    """Return how much decoded frames change where the source stands still, over what the source does there.

    1 is as steady as the source, 0 frozen, 3 restless. None where nothing stands still but for sensor noise:
    one picture alone, everything in motion, or a source without any noise.
    """
    own = theirs = 0.0
    for index in range(1, len(source)):
        change = _change(source[index - 1], source[index])
        still = _still(change)
        own += float(change[still].sum(dtype=np.int64))
        theirs += float(_change(decoded[index - 1], decoded[index])[still].sum(dtype=np.int64))
    return theirs / own if own else None


def temporal_lpips(
    metric: LpipsMetric, source: Sequence[Rgb], candidates: Sequence[Sequence[Rgb]], indices: Iterable[int]
) -> list[float | None]:
    """Return the same by LPIPS between the frames at these indices and those before, for each candidate.

    None as for `flicker`, and where the source's own frames are the same to LPIPS.
    """
    own, theirs = 0.0, [0.0] * len(candidates)
    for index in indices:
        if index == 0:
            continue
        still = _still(_change(source[index - 1], source[index]))
        if still.any():
            own += metric.between(source[index - 1], source[index], still)
            for place, decoded in enumerate(candidates):
                theirs[place] += metric.between(decoded[index - 1], decoded[index], still)
    return [each / own if own else None for each in theirs]


def _still(change: Rgb) -> NDArray[np.bool_]:
    return np.asarray(change.max(axis=2) < STILL_BELOW)


def _change(before: Rgb, after: Rgb) -> Rgb:
    """Return |after - before| of uint8 pictures without a detour through wider integers."""
    return np.asarray(np.maximum(before, after) - np.minimum(before, after), np.uint8)
