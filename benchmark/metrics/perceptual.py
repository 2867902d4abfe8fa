"""Metrics that look through a network: LPIPS (v0.1) and DISTS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmark.metrics.features import Backbone
from codec import Rgb
from codec.metrics.lpips import Lpips

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
DISTS_C = 1e-6
"""Keeps DISTS' two ratios finite where a feature map is empty (Ding et al. 2020)."""


class LpipsMetric:
    """LPIPS with a backbone: 0 for identical pictures."""

    def __init__(self, lpips: Lpips, device: torch.device) -> None:
        self._lpips = lpips.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device

    @torch.inference_mode()
    def __call__(self, reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
        """Return one distance a candidate."""
        wanted = self._lpips.features(_to_tensor(reference, self._device))
        return [self._distance(wanted, candidate) for candidate in candidates]

    @torch.inference_mode()
    def between(self, before: Rgb, now: Rgb, where: NDArray[np.bool_]) -> float:
        """Return the distance of two pictures where the mask [H, W] is set; somewhere it must be."""
        first, second = (self._lpips.features(_to_tensor(rgb, self._device)) for rgb in (before, now))
        counts = torch.from_numpy(where).to(self._device)[None, None].float()
        return float(self._lpips.distance(first, second, counts))

    def _distance(self, wanted: list[Tensor], candidate: Rgb) -> float:
        got = self._lpips.features(_to_tensor(candidate, self._device))
        return float(self._lpips.distance(wanted, got))


class Dists:
    """Deep image structure and texture similarity (Ding et al. 2020): 0 for identical pictures."""

    def __init__(self, backbone: Backbone, alpha: Tensor, beta: Tensor, device: torch.device) -> None:
        total = alpha.sum() + beta.sum()
        self._backbone = backbone
        self._texture_weights = (alpha / total).flatten().to(device)
        self._structure_weights = (beta / total).flatten().to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
        """Return one distance a candidate."""
        wanted = self._features(reference)
        return [self._distance(wanted, self._features(candidate)) for candidate in candidates]

    def _features(self, rgb: Rgb) -> list[Tensor]:
        """Return the picture itself and the backbone's stages, each [C, pixels]."""
        x = _to_tensor(rgb, self._device)
        taps = [x, *self._backbone(_normalised(x, IMAGENET_MEAN, IMAGENET_STD))]
        return [tap[0].flatten(1) for tap in taps]

    def _distance(self, wanted: list[Tensor], got: list[Tensor]) -> float:
        pairs = [_texture_and_structure(a, b) for a, b in zip(wanted, got, strict=True)]
        texture = torch.cat([pair[0] for pair in pairs])
        structure = torch.cat([pair[1] for pair in pairs])
        return float(1 - (self._texture_weights @ texture + self._structure_weights @ structure))


def _texture_and_structure(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Compare two stages [C, pixels] by their channels' means, and by how these vary together: each [C]."""
    mean_a, mean_b = a.mean(1), b.mean(1)
    centred_a, centred_b = a - mean_a[:, None], b - mean_b[:, None]
    covariance = (centred_a * centred_b).mean(1)
    variances = centred_a.square().mean(1) + centred_b.square().mean(1)
    texture = (2 * mean_a * mean_b + DISTS_C) / (mean_a**2 + mean_b**2 + DISTS_C)
    return texture, (2 * covariance + DISTS_C) / (variances + DISTS_C)


def _to_tensor(rgb: Rgb, device: torch.device) -> Tensor:
    """Map uint8 [H, W, 3] to [1, 3, H, W] in [0, 1], channels last: VGG16 runs a quarter faster so."""
    return (torch.from_numpy(rgb).to(device).permute(2, 0, 1)[None].float() / 255).contiguous(
        memory_format=torch.channels_last
    )


def _normalised(x: Tensor, shift: Sequence[float], scale: Sequence[float]) -> Tensor:
    return (x - x.new_tensor(shift).view(1, 3, 1, 1)) / x.new_tensor(scale).view(1, 3, 1, 1)
