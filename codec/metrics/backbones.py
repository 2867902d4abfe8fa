"""Frozen networks that losses and the discriminator look through."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from codec.errors import WeightsError
from codec.metrics.realism_network import InvertedResidual, Lite0Features

BATCH_NORM_EPS = 1e-3


class WeightsMissingError(WeightsError):
    """The folder of frozen weights lacks a file; the text says which."""


def load_features(weights_dir: Path, name: str) -> dict[str, Tensor]:
    """Read `<name>.safetensors` of the folder as float32; WeightsMissingError where that is not possible."""
    path = weights_dir / f"{name}.safetensors"
    try:
        return {key: value.float() for key, value in load_file(path).items()}
    except FileNotFoundError as error:
        raise WeightsMissingError(
            f"no {path.name} in {weights_dir}; name a folder that holds it with --weights"
        ) from error
    except (OSError, SafetensorError) as error:
        raise WeightsMissingError(f"{path} cannot be read: {error}; make the file again") from error


class EfficientNetLite0(Lite0Features):
    """The frozen features, loaded from a folder with efficientnet_lite0.safetensors."""

    def __init__(self, weights_dir: Path) -> None:
        super().__init__()
        state = load_features(weights_dir, "efficientnet_lite0")
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
