"""Temporal stability: how much decoded pictures change where the source stands still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.api import Rgb
from narrowcast.codec.metrics.lpips import Lpips

STILL_BELOW = 2
"""A pixel stands still where no channel of the source changes by so many levels: sensor noise at most."""


def flicker(source: Sequence[Rgb], decoded: Sequence[Rgb]) -> float | None:
    """Return how much decoded frames change where the source stands still, over what the source does there.

    1 is as steady as the source, 0 frozen, 3 restless. None where nothing stands still but for sensor noise:
    one picture alone, everything in motion, or a source without any noise.
    """
    source_change = decoded_change = 0.0
    for index in range(1, len(source)):
        change = _change(source[index - 1], source[index])
        still = _still(change)
        source_change += float(change[still].sum(dtype=np.int64))
        decoded_change += float(_change(decoded[index - 1], decoded[index])[still].sum(dtype=np.int64))
    return decoded_change / source_change if source_change else None


def temporal_lpips(
    lpips: Lpips, source: Sequence[Rgb], candidates: Sequence[Sequence[Rgb]], indices: Iterable[int]
) -> list[float | None]:
    """Return for each candidate how much it changes where the source stands still, over the source, by LPIPS.

    Looks at the frames at these indices and those before them. None as for `flicker`, and where the source's
    own frames are the same to LPIPS.
    """
    source_change, candidate_changes = 0.0, [0.0] * len(candidates)
    for index in indices:
        if index == 0:
            continue
        still = _still(_change(source[index - 1], source[index]))
        if still.any():
            source_change += lpips.masked_score(source[index - 1], source[index], still)
            for number, decoded in enumerate(candidates):
                candidate_changes[number] += lpips.masked_score(decoded[index - 1], decoded[index], still)
    return [change / source_change if source_change else None for change in candidate_changes]


def _still(change: Rgb) -> NDArray[np.bool_]:
    return np.asarray(change.max(axis=2) < STILL_BELOW)


def _change(before: Rgb, after: Rgb) -> Rgb:
    """Return |after - before| of uint8 pictures without a detour through wider integers."""
    return np.asarray(np.maximum(before, after) - np.minimum(before, after), np.uint8)
