"""The frozen networks that LPIPS and DISTS look through, VGG16 and AlexNet, and how weights are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.errors import WeightsError
from narrowcast.errors import Remedy

VGG16_STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
"""Indices of the convolutions in torchvision's `features`, by stage; a pooling stands between two stages."""

Pooling = Callable[[Tensor], Tensor]
"halves a feature map [B, C, H, W]"


FOLDER_OF_WEIGHTS = Remedy(setting="weights", value="FOLDER")


class WeightsMissingError(WeightsError):
    """The folder of frozen weights lacks a file; the text says which."""


def load_weights(weights_dir: Path | None, name: str) -> dict[str, Tensor]:
    """Read `<name>.safetensors` of the folder as float32; WeightsMissingError where that is not possible."""
    if weights_dir is None:
        raise WeightsMissingError(f"needs {name}.safetensors", remedy=FOLDER_OF_WEIGHTS)
    path = weights_dir / f"{name}.safetensors"
    try:
        return {key: value.float() for key, value in load_file(path).items()}
    except FileNotFoundError as error:
        raise WeightsMissingError(f"no {path.name} in {weights_dir}", remedy=FOLDER_OF_WEIGHTS) from error
    except (OSError, SafetensorError) as error:
        raise WeightsMissingError(f"{path} cannot be read: {error}; make the file again") from error


class Vgg16(nn.Module):
    """The feature maps after relu1_2, relu2_2, relu3_3, relu4_3 and relu5_3."""

    # torchvision has both networks, but each of its releases needs one certain release of torch.

    def __init__(self, state: Mapping[str, Tensor], pooling: Pooling) -> None:
        super().__init__()
        self._pooling = pooling
        self.stages = nn.ModuleList(
            nn.ModuleList(_frozen_conv(state, index, padding=1) for index in stage) for stage in VGG16_STAGES
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map [B, 3, H, W], normalised, to [B, 64, H, W] ... [B, 512, H/16, W/16]."""
        taps: list[Tensor] = []
        for stage in self.stages:
            if taps:
                x = self._pooling(x)
            assert isinstance(stage, nn.ModuleList)
            for conv in stage:
                x = functional.relu_(conv(x))
            taps.append(x)
        return taps


class AlexNet(nn.Module):
    """The feature maps after each of the five ReLUs."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                _frozen_conv(state, 0, padding=2, stride=4),
                _frozen_conv(state, 3, padding=2),
                *(_frozen_conv(state, index, padding=1) for index in (6, 8, 10)),
            ]
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map [B, 3, H, W], normalised, to [B, 64, H/4, W/4] ... [B, 256, H/16, W/16]."""
        taps: list[Tensor] = []
        for index, conv in enumerate(self.convs):
            if index in (1, 2):
                x = functional.max_pool2d(x, 3, stride=2)
            x = functional.relu_(conv(x))
            taps.append(x)
        return taps


def _frozen_conv(state: Mapping[str, Tensor], index: int, *, padding: int, stride: int = 1) -> nn.Conv2d:
    """Make one of torchvision's convolutions from its weights; WeightsMissingError where these lack it."""
    try:
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
    except KeyError as error:
        raise WeightsMissingError(f"the weights lack {error}; they have to be torchvision's") from error
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride=stride, padding=padding)
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer


def max_pooling(x: Tensor) -> Tensor:
    """Keep the largest of each 2x2, as VGG16 was trained with."""
    return functional.max_pool2d(x, 2)


def l2_pooling(x: Tensor) -> Tensor:
    """Root of the squares' mean under a 3x3 Hann window, every second pixel (Henaff & Simoncelli 2016)."""
    hann = torch.tensor([0.25, 0.5, 0.25], device=x.device, dtype=x.dtype)
    channels = x.shape[1]
    kernel = (hann[:, None] * hann).expand(channels, 1, 3, 3)
    energy = functional.conv2d(x.square(), kernel, stride=2, padding=1, groups=channels)
    return (energy + 1e-12).sqrt()
