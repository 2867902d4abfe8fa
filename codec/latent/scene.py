"""The sender's view of the scene: where it stands still, whether a frame is worth its bits, and cuts."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

from narrowcast.codec.latent.quantiser import RATE_WEIGHT

MOVED = 1.0
"""A position has moved where its latents left their mean by so much, squared steps summed over channels.

Sensor noise of sigma 8 makes 0.6 at q = 0.3; a small thing that moves makes hundreds.
"""

MOST_FRAMES_AVERAGED = 16
"""Frames, about a second of them, that are averaged at most: noise falls to a quarter, and light that changes
slowly is followed."""

VISIBLE_GAIN = 8.0
"""A frame that brings one position nearer to the source by so many squared steps is never skipped.

Sensor noise of sigma 8 stays under 6.
"""

CUT_RATIO = 1.0
CUT_JUMP = 0.2
"""A cut: predicting from the last frame costs more than from nothing, and suddenly so.

Estimated cost from the last frame over cost from nothing: 0.6 to 0.8 in six clips, 1.05 to 2 at cuts between
them, where the inter frame would have taken 2 to 4 times a keyframe (docs/experiments.md). A fast pan
and noise may lie above 1 too, but frame after frame.
"""

FEWEST_BEFORE_CUT = 4
MOST_BEFORE_CUT = 8
"""Frames since the keyframe that a cut is compared with, at least and at most."""


class Scene:
    """Latents averaged over time where they stand still, and how alike the last two frames were."""

    def __init__(self) -> None:
        self._mean: Tensor | None = None
        self._count: Tensor | None = None
        self._ratios: deque[float] = deque(maxlen=MOST_BEFORE_CUT)

    @property
    def mean(self) -> Tensor:
        """The newest latents, averaged where they stand still [1, C, h, w]; only after average()."""
        assert self._mean is not None
        return self._mean

    def restart(self) -> None:
        """Forget everything, because the next frame is a keyframe."""
        self._mean = self._count = None
        self._ratios.clear()

    def average(self, y: Tensor, step: Tensor) -> Tensor:
        """Take y into the mean, or let it replace the mean where it moved; return the mean."""
        if self._mean is None or self._count is None:
            self._mean, self._count = y, torch.ones_like(y[:, :1])
            return y
        change = y - self._mean
        moved = (change / step).square().sum(dim=1, keepdim=True) >= MOVED
        self._count = (self._count + 1).clamp(max=MOST_FRAMES_AVERAGED).masked_fill(moved, 1)
        self._mean = self._mean + change / self._count
        return self._mean

    def repeat(self) -> None:
        """Take note that exactly the same picture came again."""
        if self._ratios:
            self._ratios.append(self._ratios[-1])

    def is_cut(self, y: Tensor, reference_1: Tensor, step: Tensor) -> bool:
        """Tell whether y shows another scene than reference frame 1."""
        ratio = _cost((y - reference_1) / step) / max(_cost(y / step), 1.0)
        earlier = list(self._ratios)
        self._ratios.append(ratio)
        return len(earlier) >= FEWEST_BEFORE_CUT and ratio > max(CUT_RATIO, max(earlier) + CUT_JUMP)


def worth_sending(
    target: Tensor, reference_1: Tensor, y_hat: Tensor, step: Tensor, payload_bytes: int
) -> bool:
    """Tell whether y_hat is so much nearer to the target than reference frame 1 that it is worth its bits."""
    gain = ((target - reference_1) / step).square() - ((target - y_hat) / step).square()
    by_position = gain.sum(dim=1)
    enough = 2 * RATE_WEIGHT * 8 * payload_bytes
    return bool(by_position.max() >= VISIBLE_GAIN) or float(by_position.sum()) >= enough


def _cost(scaled: Tensor) -> float:
    """Estimate the bits of latents in steps, up to a factor."""
    return float(torch.log2(1 + scaled.abs()).sum())
