"""Refinement of what stands still: the sender spends the bytes that skip frames save on finer latents."""

from __future__ import annotations

from torch import Tensor

from narrowcast.codec.latent.config import Q_LEVELS

SAVED_SHARE = 1 / 32
"""Share of the keyframe's bytes that each frame of a still scene saves: all of them in two seconds."""

FRAMES_SAVED_UP = 8
"""Frames that save before a refinement is sent. Its zeros cost 100 to 400 bytes however few latents it
refines, so a few large refinements are better than many small ones."""

FINER_LEVELS = 76
"""Refinement codes at a quality higher by 76 of 255 levels, 0.3: its steps are a little over half as wide."""

BITS_A_RESIDUAL = 7.0
"""Bits that a refined latent costs, the zeros around it included."""

SMALLEST_DEAD_ZONE = 0.5
"""In steps; refined latents are rounded plainly where all can be paid for."""

MIN_CANDIDATES_SHARE = 0.2
"""With fewer candidates than this share of what could be paid for, there is nothing left worth refining."""


def refined_level(q_level: int) -> int:
    """Return the quality level that a scene of this level is refined to."""
    return min(q_level + FINER_LEVELS, Q_LEVELS - 1)


class Refinement:
    """Counts the bytes that frames of a still scene save, and what refinement spends of them."""

    def __init__(self) -> None:
        self._share_bytes = 0.0
        self._saved_bytes = 0.0

    def keyframe_coded(self, payload_bytes: int) -> None:
        """Set the share that each frame saves: an expensive scene may be expensive to refine."""
        self._share_bytes = SAVED_SHARE * payload_bytes

    def save_share(self) -> None:
        """Save the share of a frame in which nothing had to be sent."""
        most = 2 * FRAMES_SAVED_UP * self._share_bytes
        self._saved_bytes = min(self._saved_bytes + self._share_bytes, most)

    def spend(self, payload_bytes: int) -> None:
        """Take the bytes of a refining frame off what was saved; later frames save up for a debt."""
        self._saved_bytes -= payload_bytes

    def due(self) -> bool:
        """Tell whether enough has been saved for a refinement."""
        return self._share_bytes > 0 and self._saved_bytes >= FRAMES_SAVED_UP * self._share_bytes

    def dead_zone(self, target: Tensor, reference_1: Tensor, step: Tensor) -> float | None:
        """Return how many steps a latent has to be off to be refined now; None where too few are.

        As many are refined as can be paid for, those that are furthest off first. The step [1, C, 1, 1]
        is that of the refined level.
        """
        payable = int(8 * self._saved_bytes / BITS_A_RESIDUAL)
        off = ((target - reference_1) / step).abs().flatten()
        candidates = int((off >= SMALLEST_DEAD_ZONE).sum())
        if candidates <= MIN_CANDIDATES_SHARE * payable:
            return None
        if candidates <= payable:
            return SMALLEST_DEAD_ZONE
        return max(SMALLEST_DEAD_ZONE, float(off.kthvalue(off.numel() - payable).values))
