"""Picture metrics: PSNR, MS-SSIM, LPIPS (AlexNet and VGG, v0.1), DISTS, and realism without a reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec import Rgb
from codec.checkpoint import load_realism
from codec.quality import realism
from codec.training.lpips import Lpips, heads_of
from codec.training.vgg16 import Vgg16, max_pooling

from .errors import MetricError
from .features import AlexNet, Backbone, l2_pooling, load_weights

MAX_PSNR_DB = 100.0
"""What identical pictures get: infinity would spoil every mean."""

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the five scales (Wang et al. 2003)."""
MS_SSIM_MIN_SIDE = 176
"""The 11-pixel window has to fit into the smallest of the five scales."""
SSIM_WINDOW, SSIM_SIGMA = 11, 1.5
SSIM_C1, SSIM_C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
DISTS_C = 1e-6
"""Keeps DISTS' two ratios finite where a feature map is empty (Ding et al. 2020)."""

Plane = NDArray[np.float32]
"A grey picture: float32 [H, W], range 0 to 255."


class Metric(Protocol):
    """Scores pictures against one reference of the same size."""

    def __call__(self, reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
        """Return one score a candidate."""
        ...


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """What tables, plots and BD-rate have to know about a metric."""

    name: str
    "as on the command line and in JSON"
    label: str
    "as in tables and plots"
    higher_is_better: bool
    "whether the best picture has the largest score"
    decimals: int
    "digits that mean something"
    load: Callable[[Path | None, torch.device], Metric]
    "makes it from the folder of weights; WeightsMissingError where that lacks what it needs"
    min_side: int = 64
    "pixels that pictures need each way"
    costly: bool = False
    "looks through VGG16, which takes a second a picture on two cores"


def psnr(reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
    """Peak signal-to-noise ratio in dB over R, G and B together."""
    return [_psnr(reference, candidate) for candidate in candidates]


def _psnr(reference: Rgb, candidate: Rgb) -> float:
    error = float(np.square(reference.astype(np.float32) - candidate).mean(dtype=np.float64))
    return MAX_PSNR_DB if error == 0 else min(MAX_PSNR_DB, 10 * math.log10(255**2 / error))


def ms_ssim(reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
    """Multi-scale structural similarity (Wang et al. 2003) of the luma (BT.601), 1 for identical pictures."""
    if min(reference.shape[:2]) < MS_SSIM_MIN_SIDE:
        height, width = reference.shape[:2]
        raise MetricError(
            f"MS-SSIM needs {MS_SSIM_MIN_SIDE} pixels each way, the pictures are {width}x{height}"
        )
    wanted = _luma(reference)
    return [_ms_ssim(wanted, _luma(candidate)) for candidate in candidates]


def _luma(rgb: Rgb) -> Plane:
    return np.asarray(rgb @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def _ms_ssim(a: Plane, b: Plane) -> float:
    product = 1.0
    for scale, weight in enumerate(MS_SSIM_WEIGHTS):
        if scale:
            a, b = _halve(a), _halve(b)
        luminance, structure = _ssim_parts(a, b)
        last = scale == len(MS_SSIM_WEIGHTS) - 1
        similarity = float((luminance * structure).mean()) if last else float(structure.mean())
        product *= max(similarity, 0.0) ** weight  # a negative one has no real power
    return product


def _halve(plane: Plane) -> Plane:
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    return np.asarray(plane[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3)), np.float32)


def _ssim_parts(a: Plane, b: Plane) -> tuple[Plane, Plane]:
    """Return the luminance and the contrast-structure map, where the window lies inside the picture."""
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a = _blur(a * a) - mean_a * mean_a
    variance_b = _blur(b * b) - mean_b * mean_b
    covariance = _blur(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + SSIM_C1) / (mean_a**2 + mean_b**2 + SSIM_C1)
    structure = (2 * covariance + SSIM_C2) / (variance_a + variance_b + SSIM_C2)
    return np.asarray(luminance, np.float32), np.asarray(structure, np.float32)


def _blur(plane: Plane) -> Plane:
    blurred = cv2.GaussianBlur(plane, (SSIM_WINDOW, SSIM_WINDOW), SSIM_SIGMA)
    edge = SSIM_WINDOW // 2
    return np.asarray(blurred[edge:-edge, edge:-edge], np.float32)


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


def _load_lpips(
    heads_name: str, make_backbone: Callable[[Path | None], torch.nn.Module]
) -> Callable[[Path | None, torch.device], Metric]:
    def load(weights_dir: Path | None, device: torch.device) -> Metric:
        backbone = make_backbone(weights_dir)
        return LpipsMetric(Lpips(backbone, heads_of(load_weights(weights_dir, heads_name))), device)

    return load


def _load_dists(weights_dir: Path | None, device: torch.device) -> Metric:
    weights = load_weights(weights_dir, "dists_alpha_beta")
    return Dists(_on(_vgg16(weights_dir, l2_pooling), device), weights["alpha"], weights["beta"], device)


def _alexnet(weights_dir: Path | None) -> AlexNet:
    return AlexNet(load_weights(weights_dir, "alexnet_features"))


def _vgg16(weights_dir: Path | None, pooling: Callable[[Tensor], Tensor]) -> Vgg16:
    return Vgg16(load_weights(weights_dir, "vgg16_features"), pooling)


def _on(backbone: torch.nn.Module, device: torch.device) -> Backbone:
    return backbone.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _without_weights(metric: Metric) -> Callable[[Path | None, torch.device], Metric]:
    return lambda weights_dir, device: metric


def _load_realism(weights_dir: Path | None, device: torch.device) -> Metric:
    """Score without the reference, by the discriminator that ships; needs no folder of weights."""
    load_realism()  # says here, not in the middle of a run, if it is missing
    return lambda reference, candidates: [realism(candidate) for candidate in candidates]


METRICS: dict[str, MetricInfo] = {
    info.name: info
    for info in (
        MetricInfo(
            name="psnr", label="PSNR dB", higher_is_better=True, decimals=2, load=_without_weights(psnr)
        ),
        MetricInfo(
            name="ms_ssim",
            label="MS-SSIM",
            higher_is_better=True,
            decimals=4,
            load=_without_weights(ms_ssim),
            min_side=MS_SSIM_MIN_SIDE,
        ),
        MetricInfo(
            name="lpips_alex",
            label="LPIPS-Alex",
            higher_is_better=False,
            decimals=3,
            load=_load_lpips("lpips_alex_heads", _alexnet),
        ),
        MetricInfo(
            name="lpips_vgg",
            label="LPIPS-VGG",
            higher_is_better=False,
            decimals=3,
            load=_load_lpips("lpips_vgg_heads", partial(_vgg16, pooling=max_pooling)),
            costly=True,
        ),
        MetricInfo(
            name="dists", label="DISTS", higher_is_better=False, decimals=3, load=_load_dists, costly=True
        ),
        MetricInfo(name="realism", label="realism", higher_is_better=True, decimals=2, load=_load_realism),
    )
}
"""Every metric by name, in the order of the tables."""
