"""Refinement of what stands still: the sender spends the bytes that skip frames save on finer latents."""

from __future__ import annotations

from torch import Tensor

from codec.latent.config import Q_LEVELS

KEYFRAMES_A_FRAME = 1 / 32
"""Of the keyframe's bytes, for each frame of a scene that stands still: a second keyframe in two seconds."""

FRAMES_SAVED_UP = 8
"""Certain zeros cost 100 to 400 bytes a frame, so few large refinements are better than many small ones."""

FINER_LEVELS = 76
"""Refinement codes at a quality this much higher, 0.3: steps are a little over half as wide."""

BITS_A_RESIDUAL = 7.0
"""What a refined latent costs, zeros around it included."""

SMALLEST_DEAD_ZONE = 0.5
"""In steps; refined latents are rounded plainly where all can be paid for."""

WORTHWHILE_SHARE = 0.2
"""Fewer candidates than this share of what could be paid for: the scene is as good as it gets."""


def refined_level(q_level: int) -> int:
    """Return the quality level that a scene of this level is refined to."""
    return min(q_level + FINER_LEVELS, Q_LEVELS - 1)


class Refinement:
    """The byte account of one stream."""

    def __init__(self) -> None:
        self._share_bytes = 0.0
        self._saved_bytes = 0.0

    def keyframe_coded(self, payload_bytes: int) -> None:
        """Set the pace: a scene that is expensive to show may be expensive to refine."""
        self._share_bytes = KEYFRAMES_A_FRAME * payload_bytes

    def save_share(self) -> None:
        """Save the share of a frame in which nothing had to be sent."""
        most = 2 * FRAMES_SAVED_UP * self._share_bytes
        self._saved_bytes = min(self._saved_bytes + self._share_bytes, most)

    def spend(self, payload_bytes: int) -> None:
        """Pay for a refining frame; a debt is paid back by later frames that stand still."""
        self._saved_bytes -= payload_bytes

    def due(self) -> bool:
        """Tell whether enough has been saved."""
        return self._share_bytes > 0 and self._saved_bytes >= FRAMES_SAVED_UP * self._share_bytes

    def dead_zone(self, target: Tensor, reference_1: Tensor, step: Tensor) -> float | None:
        """Return how many steps a latent has to be off to be refined now; None where too few are.

        As many are refined as can be paid for, those that are furthest off first. The step [1, C, 1, 1]
        is that of the refined level.
        """
        payable = int(8 * self._saved_bytes / BITS_A_RESIDUAL)
        off = ((target - reference_1) / step).abs().flatten()
        candidates = int((off >= SMALLEST_DEAD_ZONE).sum())
        if candidates <= WORTHWHILE_SHARE * payable:
            return None
        if candidates <= payable:
            return SMALLEST_DEAD_ZONE
        return max(SMALLEST_DEAD_ZONE, float(off.kthvalue(off.numel() - payable).values))
