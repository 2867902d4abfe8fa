"""Mode collapse, measured: density and coverage of generated digits against real ones (Naeem et al. 2020).

Both look at the balls around each real digit x_i that reach to its k-th nearest real neighbour, in the
features of the judging classifier:

    density  = 1/(k M) sum over generated y_j of how many balls y_j lies in     (1: as dense as real digits)
    coverage = 1/N sum over real x_i of whether any y_j lies in its ball        (1: everything is painted)

A generator that paints one perfect digit again and again is dense, and covers next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from narrowcast.lab.mnist.digits import CLASSES

NEIGHBOURS = 5

LEAST_COVERAGE = 0.3
"""Below this the samples have collapsed to a few modes: real digits against real ones reach 0.97."""

LEAST_DENSITY = 0.5
"""Below this most samples lie outside: what they do not cover they miss for being no digits."""

LEAST_SHARE = 0.02
"""A class of which the generator paints less than a fifth of its tenth is one that it has forgotten."""


@dataclass(frozen=True, kw_only=True)
class SampleQuality:
    """What generated digits are like beside real ones."""

    density: float
    coverage: float
    shares: tuple[float, ...]
    "[10]: which digits the judging classifier sees in them"

    @property
    def forgotten(self) -> tuple[int, ...]:
        """The digits that are hardly ever painted."""
        return tuple(digit for digit, share in enumerate(self.shares) if share < LEAST_SHARE)

    @property
    def warning(self) -> str:
        """What is wrong with the samples, named: mode collapse, or no digits yet; empty where nothing is."""
        missing = ", ".join(map(str, self.forgotten))
        if self.coverage < LEAST_COVERAGE and self.density < LEAST_DENSITY and not missing:
            return (
                f"poor samples: only few lie among real digits (density {self.density:.2f}, coverage "
                f"{self.coverage:.2f}); train longer"
            )
        if self.coverage < LEAST_COVERAGE:
            also = f"; it hardly ever paints {missing}" if missing else ""
            return (
                f"mode collapse: the samples cover {self.coverage:.0%} of the real digits{also}; "
                "train longer, or try another --loss"
            )
        if missing:
            return f"mode collapse: the generator hardly ever paints {missing}; try another --loss"
        return ""


def sample_quality(real: Tensor, generated: Tensor, classes: Tensor) -> SampleQuality:
    """Compare features of real digits [N, F] and generated ones [M, F], whose classes are [M]."""
    among_real = torch.cdist(real, real)
    radius = among_real.kthvalue(NEIGHBOURS + 1, dim=1).values  # the nearest is the digit itself
    inside = torch.cdist(real, generated) < radius[:, None]
    shares = torch.bincount(classes, minlength=CLASSES).float() / len(classes)
    return SampleQuality(
        density=float(inside.sum()) / (NEIGHBOURS * len(generated)),
        coverage=float(inside.any(dim=1).float().mean()),
        shares=tuple(shares.tolist()),
    )
