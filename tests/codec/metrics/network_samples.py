"""Random weights of narrow frozen networks, by the names of their published files, and noisy pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from narrowcast.codec.api import Rgb
from narrowcast.codec.metrics.efficientnet import LITE0_BLOCKS
from narrowcast.codec.metrics.networks import VGG16_STAGES

HEAD = torch.full((1, 4, 1, 1), 0.25)
"One head of LPIPS, for a network of four channels."


def vgg16_state(channels: int, seed: int = 0) -> dict[str, Tensor]:
    """Return random weights of a narrow VGG16: the same layers, fewer channels."""
    indices = [index for stage in VGG16_STAGES for index in stage]
    return conv_states(indices, [channels] * len(indices), [3] * len(indices), seed)


def alexnet_state(channels: int, seed: int = 0) -> dict[str, Tensor]:
    """Return random weights of a narrow AlexNet."""
    return conv_states([0, 3, 6, 8, 10], [channels] * 5, [11, 5, 3, 3, 3], seed)


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
    heads = {f"lin{index}.model.1.weight": HEAD.clone() for index in range(5)}
    save_file(heads, folder / "lpips_vgg_heads.safetensors")
    return folder


def write_efficientnet(folder: Path) -> Path:
    """Write an EfficientNet-Lite0 with seeded random weights; return the folder."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, Tensor] = {}

    def add(conv: str, norm: str, outputs: int, inputs: int, kernel: int) -> None:
        fan_in = inputs * kernel * kernel
        shape = (outputs, inputs, kernel, kernel)
        state[conv + ".weight"] = torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5
        state[norm + ".weight"] = torch.ones(outputs)
        state[norm + ".bias"] = torch.zeros(outputs)
        state[norm + ".running_mean"] = torch.zeros(outputs)
        state[norm + ".running_var"] = torch.ones(outputs)

    add("_conv_stem", "_bn0", 32, 3, 3)
    for index, (kernel, _, expand, inputs, outputs) in enumerate(LITE0_BLOCKS):
        prefix, middle = f"_blocks.{index}.", inputs * expand
        if expand > 1:
            add(prefix + "_expand_conv", prefix + "_bn0", middle, inputs, 1)
        add(prefix + "_depthwise_conv", prefix + "_bn1", middle, 1, kernel)
        add(prefix + "_project_conv", prefix + "_bn2", outputs, middle, 1)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(state, folder / "efficientnet_lite0.safetensors")
    return folder


def with_noise(rgb: Rgb, sigma: float, seed: int = 1) -> Rgb:
    """Add Gaussian noise, standard deviation in levels of 0 to 255."""
    noise = np.random.default_rng(seed).normal(0, sigma, rgb.shape)
    return np.asarray(np.clip(rgb + noise, 0, 255), np.uint8)
