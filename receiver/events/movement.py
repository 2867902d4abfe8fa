"""How much of the picture moves, by OpenCV's background subtraction; a change of light is no movement."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.receiver.events.sample import Sample

MEMORY_S = 10.0
"What has stood still for as long is background."

SIGMAS_SQUARED = 25.0
"A pixel that differs from its background by more than five of its own standard deviations has changed."

LIGHT_SHARE = 0.5
"Where more of the picture changes at once, it was the light: the background is learned anew."

MAX_GAIN = 2.5
"Light that is so many times less or more is not evened out, for noise would be enlarged with it."

OVEREXPOSED = 240.0
"Levels: a pixel as bright, or beside one, says nothing where the light has become brighter."


class Movement:
    """The background of the scene."""

    def __init__(self) -> None:
        self._subtractor: cv2.BackgroundSubtractor | None = None
        self._shape: tuple[int, ...] = ()
        self._at_us = 0

    def share(self, sample: Sample) -> float:
        """Return the share of the picture that moves, 0 to 1."""
        if self._subtractor is None or self._shape != sample.grey.shape:
            self._restart(sample)
            return 0.0
        assert self._subtractor is not None
        passed_s = max(0.0, (sample.at_us - self._at_us) / 1e6)
        self._at_us = sample.at_us
        background = np.asarray(self._subtractor.getBackgroundImage(), np.uint8)
        gain = _gain(sample, background)
        if not 1 / MAX_GAIN <= gain <= MAX_GAIN:
            self._restart(sample)
            return 0.0
        evened = np.asarray(np.clip(sample.grey * gain, 0, 255), np.uint8)
        mask = self._subtractor.apply(evened, learningRate=1.0 - math.exp(-passed_s / MEMORY_S))
        if gain < 1:
            bright = (sample.grey >= OVEREXPOSED).astype(np.uint8)
            mask[cv2.dilate(bright, np.ones((5, 5), np.uint8)) > 0] = 0
        opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        share = float(np.count_nonzero(opened)) / opened.size
        if share > LIGHT_SHARE:
            self._restart(sample)
            return 0.0
        return share

    def _restart(self, sample: Sample) -> None:
        self._subtractor = cv2.createBackgroundSubtractorMOG2(
            varThreshold=SIGMAS_SQUARED, detectShadows=False
        )
        self._shape, self._at_us = sample.grey.shape, sample.at_us
        self._subtractor.apply(np.asarray(sample.grey, np.uint8), learningRate=1.0)


def _gain(sample: Sample, background: NDArray[np.uint8]) -> float:
    """Return how many times brighter most of the background is than the picture: the light has changed."""
    return float(np.median((background.astype(np.float32) + 1.0) / (sample.grey + 1.0)))
