"""VGG16 up to its last ReLU, as LPIPS and DISTS read it: no torchvision needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn
from torch.nn import functional

from codec.metrics.backbones import WeightsMissingError

VGG16_STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
"""Indices of the convolutions in torchvision's `features`, by stage; a pooling stands between two stages."""

Pooling = Callable[[Tensor], Tensor]
"halves a feature map [B, C, H, W]"


def max_pooling(x: Tensor) -> Tensor:
    """Keep the largest of each 2x2, as VGG16 was trained with."""
    return functional.max_pool2d(x, 2)


class Vgg16(nn.Module):
    """The feature maps after relu1_2, relu2_2, relu3_3, relu4_3 and relu5_3."""

    def __init__(self, state: Mapping[str, Tensor], pooling: Pooling) -> None:
        super().__init__()
        self._pooling = pooling
        self.stages = nn.ModuleList(
            nn.ModuleList(frozen_conv(state, index, padding=1) for index in stage) for stage in VGG16_STAGES
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


def frozen_conv(state: Mapping[str, Tensor], index: int, *, padding: int, stride: int = 1) -> nn.Conv2d:
    """Make one of torchvision's convolutions from its weights; WeightsMissingError where these lack it."""
    try:
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
    except KeyError as error:
        raise WeightsMissingError(f"the weights lack {error}; they have to be torchvision's") from error
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride=stride, padding=padding)
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer
