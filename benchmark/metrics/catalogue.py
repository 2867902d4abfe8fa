"""Every metric by its name, and how it is made from the folder of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from benchmark.metrics.features import AlexNet, Backbone, l2_pooling, load_weights
from benchmark.metrics.metric import Metric, MetricInfo
from benchmark.metrics.perceptual import Dists, LpipsMetric
from benchmark.metrics.signal import MS_SSIM_MIN_SIDE, ms_ssim, psnr
from codec.checkpoint import load_realism
from codec.metrics.backbones import WeightsMissingError
from codec.metrics.lpips import Lpips, heads_of
from codec.metrics.realism import realism
from codec.metrics.vgg16 import Vgg16, max_pooling


def _load_lpips(
    heads_name: str, make_backbone: Callable[[Path | None], torch.nn.Module]
) -> Callable[[Path | None, torch.device], LpipsMetric]:
    def load(weights_dir: Path | None, device: torch.device) -> LpipsMetric:
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


load_lpips_alex = _load_lpips("lpips_alex_heads", _alexnet)

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
            load=load_lpips_alex,
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


def load_metrics(
    names: Iterable[str], weights_dir: Path | None, device: torch.device, notice: Callable[[str], None]
) -> dict[str, Metric]:
    """Load what can be, by name; what cannot gets a line."""
    loaded: dict[str, Metric] = {}
    for name in names:
        try:
            loaded[name] = METRICS[name].load(weights_dir, device)
        except WeightsMissingError as error:
            notice(f"{METRICS[name].label} left out: {error.on_command_line()}")
    return loaded
