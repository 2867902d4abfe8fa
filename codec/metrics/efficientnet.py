"""EfficientNet-Lite0 (Tan & Le 2019), frozen: what losses, discriminator and realism score look through."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.metrics.networks import load_weights

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


class Lite0Features(nn.Module):
    """Features of EfficientNet-Lite0 at 1/2, 1/4, 1/8 and 1/16; batch norm folded into the convolutions."""

    def __init__(self, taps: int = len(TAPS)) -> None:
        """Build up to the given number of taps."""
        super().__init__()
        self._taps = TAPS[:taps]
        self.stem = nn.Conv2d(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(InvertedResidual(*shape) for shape in LITE0_BLOCKS[: self._taps[-1] + 1])

    def forward(self, rgb: Tensor) -> list[Tensor]:
        """Map RGB [B, 3, H, W] in [0, 1] to features at the taps."""
        x = functional.relu6(self.stem(_pad_same((rgb * 255 - 127) / 128, 3, 2)))
        features: list[Tensor] = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self._taps:
                features.append(x)
        return features


class InvertedResidual(nn.Module):
    """1x1 to more channels, depthwise, 1x1 back; residual where the shapes allow (Sandler et al. 2018)."""

    def __init__(self, kernel: int, stride: int, expand: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.residual = stride == 1 and inputs == outputs
        middle = inputs * expand
        self.expand = nn.Conv2d(inputs, middle, 1) if expand > 1 else None
        self.depthwise = nn.Conv2d(middle, middle, kernel, stride=stride, groups=middle)
        self.project = nn.Conv2d(middle, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, inputs, H, W] to [B, outputs, ceil(H / stride), ceil(W / stride)]."""
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


class EfficientNetLite0(Lite0Features):
    """The frozen features, loaded from a folder with efficientnet_lite0.safetensors."""

    def __init__(self, weights_dir: Path | None) -> None:
        """Load; WeightsMissingError where the folder lacks the file."""
        super().__init__()
        state = load_weights(weights_dir, "efficientnet_lite0")
        _fold(self.stem, state, "_conv_stem", "_bn0")
        for index, block in enumerate(self.blocks):
            assert isinstance(block, InvertedResidual)
            prefix = f"_blocks.{index}."
            if block.expand is not None:
                _fold(block.expand, state, prefix + "_expand_conv", prefix + "_bn0")
            _fold(block.depthwise, state, prefix + "_depthwise_conv", prefix + "_bn1")
            _fold(block.project, state, prefix + "_project_conv", prefix + "_bn2")
        self.requires_grad_(False)


@torch.no_grad()
def _fold(layer: nn.Conv2d, state: dict[str, Tensor], conv: str, norm: str) -> None:
    """Load a convolution with its batch norm folded in."""
    assert layer.bias is not None
    scale = state[norm + ".weight"] / torch.sqrt(state[norm + ".running_var"] + BATCH_NORM_EPS)
    layer.weight.copy_(state[conv + ".weight"] * scale[:, None, None, None])
    layer.bias.copy_(state[norm + ".bias"] - state[norm + ".running_mean"] * scale)
