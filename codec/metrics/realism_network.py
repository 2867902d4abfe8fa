"""What the realism score looks through: EfficientNet-Lite0 features and the heads of the discriminator."""

from __future__ import annotations

import torch
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

REALISM_TAPS = 3
"""The score looks at 1/2, 1/4 and 1/8: texture. What is further up says what the picture shows."""

HEAD_CHANNELS = 48
HEAD_GROUPS = 8


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


def projected_head(channels: int) -> nn.Sequential:
    """Return a small head on one tap (Sauer et al. 2021): features to logits [B, 1, h, w]."""
    return nn.Sequential(
        nn.Conv2d(channels, HEAD_CHANNELS, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(HEAD_CHANNELS, HEAD_CHANNELS, 3, padding=1, groups=HEAD_CHANNELS // HEAD_GROUPS),
        nn.LeakyReLU(0.2),
        nn.Conv2d(HEAD_CHANNELS, 1, 1),
    )


class RealismNetwork(nn.Module):
    """Picture to one number: the mean logit of the discriminator's heads on texture."""

    def __init__(self) -> None:
        super().__init__()
        self.features = Lite0Features(REALISM_TAPS)
        self.heads = nn.ModuleList(projected_head(channels) for channels in TAP_CHANNELS[:REALISM_TAPS])

    def forward(self, rgb: Tensor) -> Tensor:
        """Map RGB [B, 3, H, W] in [0, 1] to mean logits [B]."""
        taps = self.features(rgb)
        logits = [head(tap).mean(dim=(1, 2, 3)) for head, tap in zip(self.heads, taps, strict=True)]
        return torch.stack(logits).mean(dim=0)
