"""What the perceptual metrics look through: frozen features by name, AlexNet, and the pooling of DISTS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.metrics.backbones import WeightsMissingError, load_features
from codec.metrics.vgg16 import frozen_conv
from narrowcast.errors import Remedy

Backbone = Callable[[Tensor], list[Tensor]]
"maps a normalised picture [B, 3, H, W] to feature maps, one a stage"


def load_weights(weights_dir: Path | None, name: str) -> dict[str, Tensor]:
    """Read `<name>.safetensors` of the folder as float32; WeightsMissingError says what is missing."""
    if weights_dir is None:
        raise WeightsMissingError(
            f"needs {name}.safetensors", remedy=Remedy(setting="weights", value="FOLDER")
        )
    return load_features(weights_dir, name)


def l2_pooling(x: Tensor) -> Tensor:
    """Root of the squares' mean under a 3x3 Hann window, every second pixel (Henaff & Simoncelli 2016)."""
    hann = torch.tensor([0.25, 0.5, 0.25], device=x.device, dtype=x.dtype)
    channels = x.shape[1]
    kernel = (hann[:, None] * hann).expand(channels, 1, 3, 3)
    energy = functional.conv2d(x.square(), kernel, stride=2, padding=1, groups=channels)
    return (energy + 1e-12).sqrt()


class AlexNet(nn.Module):
    """The feature maps after each of the five ReLUs."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                frozen_conv(state, 0, padding=2, stride=4),
                frozen_conv(state, 3, padding=2),
                *(frozen_conv(state, index, padding=1) for index in (6, 8, 10)),
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
