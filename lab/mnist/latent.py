"""The quantised latent between encoder and generator: N bits a digit, as scalars or as vectors.

Rounding has no gradient, so both use the straight-through estimator: forward the rounded value, backward as
if nothing had been rounded, z_q = z + sg[round(z) - z], where sg[.] stops the gradient.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALAR_BITS = 2
"""Bits of a scalar: four levels."""

CODEBOOK_BITS = 8
"""Bits of a vector's index: a codebook of 256."""

SPREAD = 1.5
"""Levels lie in [-1.5, 1.5]: about the spread of the N(0, 1) that the generator has learned to take."""

COMMITMENT = 0.25
"""Weight of what keeps the encoder near its codebook (van den Oord et al. 2017)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantised:
    """A batch of latents after the quantiser."""

    z: Tensor
    "[B, d], what the generator paints from"
    indices: Tensor
    "[B, S] integers: what is sent"
    loss: Tensor
    "what the quantiser itself adds to the loss"


class QuantisedLatent(nn.Module, ABC):
    """A latent of `bits` bits: S symbols, symbol i one of sizes[i]."""

    sizes: tuple[int, ...]
    "how many values each symbol has"
    dimensions: int
    "of z"

    @abstractmethod
    def forward(self, z_e: Tensor) -> Quantised:
        """Quantise [B, d], with a straight-through gradient."""

    @abstractmethod
    def values(self, indices: Tensor) -> Tensor:
        """Map indices [B, S] to z [B, d]: all that a decoder needs."""

    def after_step(self, progress: float) -> None:
        """Do what follows an optimiser's step."""
        return


class ScalarLatent(QuantisedLatent):
    """Finite scalar quantisation (Mentzer et al. 2024): each dimension is one of four levels."""

    levels: Tensor

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.sizes = (1 << SCALAR_BITS,) * (bits // SCALAR_BITS) + (2,) * (bits % SCALAR_BITS)
        self.dimensions = len(self.sizes)
        self.register_buffer("levels", torch.tensor(self.sizes, dtype=torch.float32) - 1)

    def forward(self, z_e: Tensor) -> Quantised:
        """Squash into [-1, 1], round to the nearest level."""
        squashed = torch.tanh(z_e)
        indices = torch.round((squashed + 1) / 2 * self.levels)
        rounded = self.values(indices)
        z = SPREAD * squashed
        return Quantised(z=z + (rounded - z).detach(), indices=indices.long(), loss=z_e.new_zeros(()))

    def values(self, indices: Tensor) -> Tensor:
        """Levels lie evenly in [-SPREAD, SPREAD]."""
        return SPREAD * (2 * indices / self.levels - 1)


class VectorLatent(QuantisedLatent):
    """Vector quantisation (van den Oord et al. 2017): groups of four dimensions, a codebook for each group.

    L_VQ = ||sg[z_e] - e||^2 + beta ||z_e - sg[e]||^2, with e the nearest vector of the codebook.
    """

    codebook: nn.Parameter
    used: Tensor

    def __init__(self, bits: int) -> None:
        super().__init__()
        whole, rest = divmod(bits, CODEBOOK_BITS)
        self.sizes = (1 << CODEBOOK_BITS,) * whole + ((1 << rest,) if rest else ())
        self.width = CODEBOOK_BITS // SCALAR_BITS
        self.dimensions = len(self.sizes) * self.width
        self.codebook = nn.Parameter(torch.randn(len(self.sizes), 1 << CODEBOOK_BITS, self.width))
        self.register_buffer("used", torch.zeros(len(self.sizes), 1 << CODEBOOK_BITS))
        self._seen = torch.zeros(len(self.sizes), 1, self.width)

    def forward(self, z_e: Tensor) -> Quantised:
        """Take the nearest vector of each group's codebook."""
        grouped = z_e.view(len(z_e), len(self.sizes), self.width).transpose(0, 1)
        distances = torch.cdist(grouped, self.codebook)
        for group, size in enumerate(self.sizes):
            distances[group, :, size:] = torch.inf
        indices = distances.argmin(dim=2).T
        e = self.values(indices)
        loss = functional.mse_loss(e, z_e.detach()) + COMMITMENT * functional.mse_loss(z_e, e.detach())
        if self.training:
            self._note(indices, grouped.detach())
        return Quantised(z=z_e + (e - z_e).detach(), indices=indices, loss=loss)

    def values(self, indices: Tensor) -> Tensor:
        """Look the vectors up."""
        vectors = [book[column] for book, column in zip(self.codebook, indices.long().T, strict=True)]
        return torch.cat(vectors, dim=1)

    @torch.no_grad()
    def _note(self, indices: Tensor, grouped: Tensor) -> None:
        """Count which vectors are used, and keep one batch's z_e to replace those that are not."""
        counts = functional.one_hot(indices, self.used.shape[1]).sum(dim=0)
        self.used.mul_(0.98).add_(counts)
        self._seen = grouped

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Put vectors that are hardly ever used where the encoder is, until half of the training is over."""
        if progress > 0.5:
            return
        for group, size in enumerate(self.sizes):
            dead = torch.nonzero(self.used[group, :size] < 0.1).flatten()
            chosen = torch.randint(self._seen.shape[1], (len(dead),))
            self.codebook[group, dead] = self._seen[group, chosen]
            self.used[group, dead] = 1.0


def make_latent(bits: int, *, vq: bool) -> QuantisedLatent:
    """Make the latent of so many bits."""
    return VectorLatent(bits) if vq else ScalarLatent(bits)


def perplexity(counts: Tensor) -> float:
    """2^H of how often each vector of a codebook occurs: how many are in use, weighted."""
    shares = counts / counts.sum()
    return float(torch.exp(-torch.xlogy(shares, shares).sum()))
