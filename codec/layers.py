"""Float building blocks that analysis and synthesis share."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

Network = TypeVar("Network", bound=nn.Module)

SLOPE = 0.1
"""Negative slope of every LeakyReLU."""


class Block(nn.Module):
    """Spatial mixing, then channel mixing, both residual; local, without normalisation.

    x + 1x1(depthwise 3x3(lrelu(1x1(x)))), then x + 1x1(lrelu(1x1 to 2C(x))). 6 C^2 + 9 C
    multiply-adds a position. Both branches end in zeros at the start, so that an untrained network
    is its linear path.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix_in = nn.Conv2d(channels, channels, 1)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.mix_out = nn.Conv2d(channels, channels, 1)
        self.widen = nn.Conv2d(channels, 2 * channels, 1)
        self.narrow = nn.Conv2d(2 * channels, channels, 1)
        for conv in (self.mix_out, self.narrow):
            nn.init.zeros_(conv.weight)
            nn.init.zeros_(_bias(conv))

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        x = x + self.mix_out(self.depthwise(lrelu(self.mix_in(x))))
        widened: Tensor = self.narrow(lrelu(self.widen(x)))
        return x + widened


def lrelu(x: Tensor) -> Tensor:
    """LeakyReLU with the slope that the whole codec uses."""
    return functional.leaky_relu(x, SLOPE)


def blocks(count: int, channels: int) -> nn.Sequential:
    """Return `count` blocks in a row."""
    return nn.Sequential(*[Block(channels) for _ in range(count)])


class QualityGain(nn.Module):
    """One factor a channel, log-linear between knots over quality q in [0, 1]."""

    def __init__(self, channels: int, knots: int, at_zero: float = 1.0, at_one: float = 1.0) -> None:
        super().__init__()
        ramp = torch.linspace(math.log(at_zero), math.log(at_one), knots)
        self.log_knots = nn.Parameter(ramp[:, None].repeat(1, channels))

    def forward(self, q: Tensor) -> Tensor:
        """Map q [B] in [0, 1] to factors [B, C, 1, 1]."""
        return interpolate(self.log_knots, q).exp()[:, :, None, None]


def interpolate(knots: Tensor, q: Tensor) -> Tensor:
    """Interpolate knots [K, C], evenly spaced over [0, 1], at q [B] linearly to [B, C]."""
    last = knots.shape[0] - 1
    position = q.clamp(0, 1) * last
    low = position.floor().clamp(max=last - 1).long()
    fraction = (position - low)[:, None]
    return knots[low] * (1 - fraction) + knots[low + 1] * fraction


def place(network: Network, device: torch.device | str) -> Network:
    """Move a network to a device, its weights in channels-last order, which convolutions like best."""
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _bias(conv: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias


def dct_basis(size: int) -> NDArray[np.float64]:
    """Return the orthonormal DCT-II matrix [frequency, sample] (Ahmed, Natarajan, Rao 1974)."""
    sample = np.arange(size)
    basis = np.cos(np.pi * (2 * sample[None, :] + 1) * sample[:, None] / (2 * size))
    basis *= np.sqrt(2 / size)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis)


def block_transform(count: int) -> NDArray[np.float64]:
    """Return `count` rows of the colour 8x8 DCT, lowest frequencies first, chroma at a quarter.

    Rows act on a pixel-unshuffled 8x8 block [3 * 64] and are orthonormal: analysis and synthesis
    start from this transform and its transpose instead of from noise, which saves the first
    thousands of training steps.
    """
    luma = np.array([1, 1, 1]) / math.sqrt(3)
    blue = np.array([-1, -1, 2]) / math.sqrt(6)
    red = np.array([1, -1, 0]) / math.sqrt(2)
    basis = dct_basis(8)
    rows: list[tuple[float, NDArray[np.float64]]] = []
    for weight, colour in ((1.0, luma), (2.5, blue), (2.5, red)):
        for v in range(8):
            for u in range(8):
                plane = np.outer(basis[v], basis[u]).reshape(-1)
                rows.append((weight * (u + v + 1), np.outer(colour, plane).reshape(-1)))
    rows.sort(key=lambda row: row[0])
    return np.stack([row for _, row in rows[:count]])


def merge_transform(fine: int, count: int) -> NDArray[np.float64]:
    """Return [count, fine, 2, 2]: orthonormal Haar filters over 2x2, low bands of all channels first."""
    half = np.array([[1, 1], [1, -1]]) / math.sqrt(2)
    filters: list[NDArray[np.float64]] = []
    for band_v, band_u in ((0, 0), (0, 1), (1, 0), (1, 1)):
        for channel in range(fine):
            weight = np.zeros((fine, 2, 2))
            weight[channel] = np.outer(half[band_v], half[band_u])
            filters.append(weight)
    # Low channels first inside the detail bands: those carry the energy.
    details = sorted(range(fine, 4 * fine), key=lambda index: index % fine)
    order = [*range(fine), *details]
    return np.stack([filters[index] for index in order[:count]])


def select_latents(fine: int, wide: int, latents: int) -> NDArray[np.float64]:
    """Return [latents, wide] rows that pick the channels with the lowest joint frequency."""
    rank = [float(index) * 2 for index in range(fine)]
    rank += [(index // 3) * 2 + 3.0 for index in range(wide - fine)]
    order = np.argsort(np.asarray(rank), kind="stable")[:latents]
    rows = np.zeros((latents, wide))
    rows[np.arange(latents), order] = 1
    return rows
