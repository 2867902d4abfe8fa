"""Frozen networks that losses and the discriminator look through."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

# Kernel, stride, expansion, inputs, outputs of each block (Tan & Le 2019; the "lite" variant of 2020).
LITE0_BLOCKS = (
    (3, 1, 1, 32, 16),
    *((3, 2, 6, 16, 24), (3, 1, 6, 24, 24)),
    *((5, 2, 6, 24, 40), (5, 1, 6, 40, 40)),
    *((3, 2, 6, 40, 80), (3, 1, 6, 80, 80), (3, 1, 6, 80, 80)),
    *((5, 1, 6, 80, 112), (5, 1, 6, 112, 112), (5, 1, 6, 112, 112)),
)
TAPS = (0, 2, 4, 10)
TAP_CHANNELS = (16, 24, 40, 112)
TAP_STRIDES = (2, 4, 8, 16)
BATCH_NORM_EPS = 1e-3


class WeightsMissingError(Exception):
    """The folder of frozen weights lacks a file; the text says which."""


class EfficientNetLite0(nn.Module):
    """Features of EfficientNet-Lite0 at 1/2, 1/4, 1/8 and 1/16; batch norm folded, frozen."""

    def __init__(self, weights_dir: Path) -> None:
        super().__init__()
        path = weights_dir / "efficientnet_lite0.safetensors"
        if not path.exists():
            raise WeightsMissingError(
                f"no {path.name} in {weights_dir}; pass --weights a folder that holds it"
            )
        state = {name: value.float() for name, value in load_file(path).items()}
        self.stem = _folded_conv(state, "_conv_stem", "_bn0", stride=2)
        self.blocks = nn.ModuleList(
            _InvertedResidual(state, f"_blocks.{index}.", *shape) for index, shape in enumerate(LITE0_BLOCKS)
        )
        self.requires_grad_(False)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        """Map RGB [B, 3, H, W] in [0, 1] to features at TAPS."""
        x = functional.relu6(self.stem(_pad_same((rgb * 255 - 127) / 128, 3, 2)))
        taps: list[Tensor] = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAPS:
                taps.append(x)
        return taps


class _InvertedResidual(nn.Module):
    def __init__(
        self,
        state: dict[str, Tensor],
        prefix: str,
        kernel: int,
        stride: int,
        expand: int,
        inputs: int,
        outputs: int,
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.residual = stride == 1 and inputs == outputs
        self.expand = _folded_conv(state, prefix + "_expand_conv", prefix + "_bn0") if expand > 1 else None
        self.depthwise = _folded_conv(
            state, prefix + "_depthwise_conv", prefix + "_bn1", stride=stride, groups=inputs * expand
        )
        self.project = _folded_conv(state, prefix + "_project_conv", prefix + "_bn2")

    def forward(self, x: Tensor) -> Tensor:
        out = x if self.expand is None else functional.relu6(self.expand(x))
        out = functional.relu6(self.depthwise(_pad_same(out, self.kernel, self.stride)))
        out = self.project(out)
        result: Tensor = x + out if self.residual else out
        return result


def _pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Pad as TensorFlow's SAME does: the odd pixel goes right and below."""
    height, width = x.shape[-2:]
    down = max((-(-height // stride) - 1) * stride + kernel - height, 0)
    right = max((-(-width // stride) - 1) * stride + kernel - width, 0)
    return functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))


def _folded_conv(
    state: dict[str, Tensor], conv: str, norm: str, *, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    """Build the convolution with its batch norm folded in."""
    weight = state[conv + ".weight"]
    scale = state[norm + ".weight"] / torch.sqrt(state[norm + ".running_var"] + BATCH_NORM_EPS)
    layer = nn.Conv2d(
        weight.shape[1] * groups, weight.shape[0], weight.shape[2], stride=stride, groups=groups
    )
    layer.weight.data = weight * scale[:, None, None, None]
    layer.bias = nn.Parameter(state[norm + ".bias"] - state[norm + ".running_mean"] * scale)
    return layer
