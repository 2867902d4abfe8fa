"""Whether the camera still looks where it looked: its detail is compared with that of the scene as it was."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from narrowcast.receiver.events.sample import Grey, Sample

BLOCK = 16
"Pixels on a side of the blocks that are compared."

TEXTURED = 3.0
"Levels: a block whose detail deviates by less says nothing."

FEWEST_BLOCKS = 6
"With fewer textured blocks nothing is said."

SIMILAR = 0.5
"Correlation of a block with what it was: above, it is the same; light alone does not change it."

MOVED_SHARE = 0.6
"Of the textured blocks have changed where the camera has moved: no lorry is as large for as long."

LEARNED_S, FORGOTTEN_S = 20.0, 300.0
"Time constants of the reference: where blocks agree, and where they do not (something was parked there)."


class Viewpoint:
    """The scene as it was."""

    def __init__(self) -> None:
        self._reference: Grey | None = None
        self._at_us = 0

    def is_elsewhere(self, sample: Sample) -> bool:
        """Whether most of the scene is not where it was."""
        reference = self._reference
        if reference is None or reference.shape != sample.detail.shape:
            return False
        textured = np.sqrt(_blocks(reference**2)) > TEXTURED
        if int(textured.sum()) < FEWEST_BLOCKS:
            return False
        changed = textured & (_similarity(reference, sample.detail) < SIMILAR)
        return float(changed.sum()) >= MOVED_SHARE * float(textured.sum())

    def learn(self, sample: Sample) -> None:
        """Bring the reference nearer to the picture."""
        reference = self._reference
        if reference is None or reference.shape != sample.detail.shape:
            self.restart(sample)
            return
        passed_s = (sample.at_us - self._at_us) / 1e6
        self._at_us = sample.at_us
        similar = _similarity(reference, sample.detail) >= SIMILAR
        share = np.where(similar, _share(passed_s, LEARNED_S), _share(passed_s, FORGOTTEN_S))
        weight = np.repeat(np.repeat(share, BLOCK, axis=0), BLOCK, axis=1)
        height, width = weight.shape
        part = reference[:height, :width]
        part += weight.astype(np.float32) * (sample.detail[:height, :width] - part)

    def restart(self, sample: Sample) -> None:
        """Take the picture for the scene from now on."""
        self._reference, self._at_us = sample.detail.copy(), sample.at_us


def _share(passed_s: float, constant_s: float) -> float:
    return 1.0 - math.exp(-passed_s / constant_s)


def _blocks(picture: Grey) -> NDArray[np.float32]:
    """Return the mean of each whole block, [H // BLOCK, W // BLOCK]."""
    rows, columns = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
    whole = picture[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return np.asarray(whole.mean(axis=(1, 3)), np.float32)


def _similarity(first: Grey, second: Grey) -> NDArray[np.float32]:
    """Return each block's correlation, -1 to 1."""
    power = _blocks(first**2) * _blocks(second**2)
    return np.asarray(_blocks(first * second) / np.sqrt(power + 1e-3), np.float32)
