"""EfficientNet-Lite0: shapes, batch norm folded in, and what missing weights say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from narrowcast.codec.metrics.efficientnet import (
    BATCH_NORM_EPS,
    TAP_CHANNELS,
    TAP_STRIDES,
    EfficientNetLite0,
    InvertedResidual,
    Lite0Features,
)
from narrowcast.codec.metrics.networks import WeightsMissingError
from tests.codec.metrics.network_samples import write_efficientnet


@pytest.mark.parametrize(("height", "width"), [(64, 96), (70, 101)])
def test_features_have_their_channels_and_strides(height: int, width: int) -> None:
    taps = Lite0Features()(torch.rand(1, 3, height, width))
    for tap, channels, stride in zip(taps, TAP_CHANNELS, TAP_STRIDES, strict=True):
        assert tap.shape == (1, channels, -(-height // stride), -(-width // stride))


def test_fewer_taps_make_a_smaller_network_with_the_same_features() -> None:
    whole, short = Lite0Features(), Lite0Features(2)
    assert len(short.blocks) < len(whole.blocks)
    state = whole.state_dict()
    short.load_state_dict({name: state[name] for name in short.state_dict()})
    x = torch.rand(1, 3, 64, 64)
    for got, wanted in zip(short(x), whole(x)[:2], strict=True):
        torch.testing.assert_close(got, wanted)


def test_a_block_that_keeps_the_shape_is_residual() -> None:
    block = InvertedResidual(3, 1, 6, 8, 8)
    torch.nn.init.zeros_(block.project.weight)
    assert block.project.bias is not None
    torch.nn.init.zeros_(block.project.bias)
    x = torch.rand(1, 8, 5, 5)
    assert torch.equal(block(x), x)
    assert not InvertedResidual(3, 2, 6, 8, 8).residual


def test_batch_norm_is_folded_into_the_convolutions(tmp_path: Path) -> None:
    path = write_efficientnet(tmp_path) / "efficientnet_lite0.safetensors"
    state = load_file(path)
    generator = torch.Generator().manual_seed(1)
    for name in ("weight", "bias", "running_mean", "running_var"):
        state[f"_bn0.{name}"] = torch.rand(32, generator=generator) + 0.5
    save_file(state, path)
    stem, x = EfficientNetLite0(tmp_path).stem, torch.rand(1, 3, 9, 9)
    mean, var, weight, bias = (
        state[f"_bn0.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    convolved = functional.conv2d(x, state["_conv_stem.weight"], stride=2)
    normalised = functional.batch_norm(convolved, mean, var, weight, bias, eps=BATCH_NORM_EPS)
    torch.testing.assert_close(stem(x), normalised)


def test_the_loaded_network_is_frozen(tmp_path: Path) -> None:
    network = EfficientNetLite0(write_efficientnet(tmp_path))
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"efficientnet_lite0\.safetensors"):
        EfficientNetLite0(tmp_path)
