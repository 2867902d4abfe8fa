"""Random weights of narrow frozen networks, by torchvision's names."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from codec.metrics.vgg16 import VGG16_STAGES


def vgg16_state(channels: int, seed: int = 0) -> dict[str, Tensor]:
    """Return random weights of a narrow VGG16: the same layers, fewer channels."""
    indices = [index for stage in VGG16_STAGES for index in stage]
    return conv_states(indices, [channels] * len(indices), [3] * len(indices), seed)


def conv_states(indices: list[int], outputs: list[int], kernels: list[int], seed: int) -> dict[str, Tensor]:
    """Return random convolutions, each reading what the one before wrote; the first reads a picture."""
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}
    inputs = 3
    for index, output, kernel in zip(indices, outputs, kernels, strict=True):
        gain = (2 / (inputs * kernel**2)) ** 0.5
        state[f"features.{index}.weight"] = gain * torch.randn(
            (output, inputs, kernel, kernel), generator=generator
        )
        state[f"features.{index}.bias"] = 0.05 * torch.randn(output, generator=generator)
        inputs = output
    return state


def write_lpips(folder: Path) -> Path:
    """Write a narrow VGG16 and heads of LPIPS; return the folder."""
    save_file(vgg16_state(4), folder / "vgg16_features.safetensors")
    heads = {f"lin{index}.model.1.weight": torch.full((1, 4, 1, 1), 0.25) for index in range(5)}
    save_file(heads, folder / "lpips_vgg_heads.safetensors")
    return folder
