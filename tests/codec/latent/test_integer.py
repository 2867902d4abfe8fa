"""Tests of codec/latent/integer.py: the same integers in every layout, precision and number of threads."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from narrowcast.codec.latent.integer import (
    AccumulatorOverflowError,
    ExactConv2d,
    TrainedConv2d,
    prove_exact,
    round_through,
    shift_right,
)

SHAPES = [(24, 16, 1, 1), (16, 16, 3, 16), (12, 40, 3, 1)]
"""inputs, outputs, kernel, groups"""


def _pair(inputs: int, outputs: int, kernel: int, groups: int) -> tuple[TrainedConv2d, ExactConv2d]:
    torch.manual_seed(inputs + outputs)
    trained = TrainedConv2d(inputs, outputs, kernel, groups=groups)
    with torch.no_grad():
        trained.weight.mul_(torch.exp2(torch.randint(-3, 2, (outputs, 1, 1, 1))))
        trained.bias.normal_(0, 1)
    trained.exact = True
    exact = ExactConv2d(inputs, outputs, kernel, groups=groups)
    exact.load_state_dict(trained.integers())
    return trained, exact


def _activations(channels: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(-128, 128, (1, channels, 23, 40), generator=generator).float()


def _in_int64(layer: ExactConv2d, x: Tensor) -> Tensor:
    """floor(sum * 2^-k + 1/2), clamped, with nothing but integers."""
    total = functional.conv2d(
        x.long(), layer.weight.long(), layer.bias.long(), padding=layer.padding, groups=layer.groups
    )
    shift = layer.shift.long()[:, None, None]
    return ((2 * total + (1 << shift)) >> (shift + 1)).clamp(layer.low, layer.high)


@pytest.mark.parametrize("shape", SHAPES)
@torch.inference_mode()
def test_exact_layers_equal_integer_arithmetic(shape: tuple[int, int, int, int]) -> None:
    _, exact = _pair(*shape)
    x = _activations(shape[0])
    assert torch.equal(exact(x), _in_int64(exact, x).float())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", SHAPES)
@torch.inference_mode()
def test_trained_and_exact_layers_agree(
    shape: tuple[int, int, int, int], layout: torch.memory_format, threads: int
) -> None:
    torch.set_num_threads(threads)
    trained, exact = _pair(*shape)
    x = _activations(shape[0])
    laid_out = x.contiguous(memory_format=layout)
    assert torch.equal(trained(laid_out), exact(laid_out))
    assert torch.equal(exact(laid_out), exact(x))


@pytest.mark.parametrize("shape", SHAPES)
@torch.inference_mode()
def test_float64_gives_what_float32_gives(shape: tuple[int, int, int, int]) -> None:
    trained, exact = _pair(*shape)
    x = _activations(shape[0])
    single = exact(x)
    assert torch.equal(trained.double()(x.double()), single.double())
    assert torch.equal(exact.double()(x.double()), single.double())


def test_training_in_exact_mode_gets_gradients_and_the_same_values() -> None:
    trained, exact = _pair(*SHAPES[0])
    x = _activations(SHAPES[0][0]).requires_grad_()
    out = trained(x)
    out.mean().backward()
    assert torch.equal(out.detach(), exact(x.detach()))
    assert trained.weight.grad is not None and float(trained.weight.grad.abs().max()) > 0
    assert x.grad is not None and float(x.grad.abs().max()) > 0


def test_float_mode_is_close_to_exact_mode() -> None:
    trained, exact = _pair(*SHAPES[0])
    trained.exact = False
    x = _activations(SHAPES[0][0]) / 16
    difference = (trained(x) - exact(torch.floor(x + 0.5))).detach().abs()
    assert float(difference.mean()) < 2


def test_a_layer_follows_to_another_device_after_it_was_used() -> None:
    _, exact = _pair(*SHAPES[0])
    exact(_activations(SHAPES[0][0]))
    exact.to("meta")
    assert exact._folded is not None
    assert {part.device.type for part in exact._folded} == {"meta"}


def test_the_worst_sum_just_under_the_limit_is_accepted_and_exact() -> None:
    channels = 511
    layer = ExactConv2d(channels, 1, low=-(1 << 24), high=1 << 24)
    layer.weight.fill_(127)
    layer.bias.fill_((1 << 23) - 1 - channels * 127 * 128)
    x = torch.full((1, channels, 1, 1), 127.0)
    assert int(layer(x)) == 127 * 127 * channels + int(layer.bias)


def test_a_sum_that_could_reach_the_limit_is_refused() -> None:
    weight, bias = torch.full((1, 512, 1, 1), 127.0), torch.tensor([float((1 << 23) - 512 * 127 * 128)])
    with pytest.raises(AccumulatorOverflowError, match="a sum could reach 8388608, the limit is 8388608"):
        prove_exact(weight, bias)
    prove_exact(weight, bias - 1)


def test_export_and_use_both_prove_the_bound() -> None:
    trained = TrainedConv2d(600, 2)
    torch.nn.init.constant_(trained.weight, 1.98)
    with pytest.raises(AccumulatorOverflowError, match="lower the weights"):
        trained.integers()
    exact = ExactConv2d(600, 2)
    exact.weight.fill_(127)
    with pytest.raises(AccumulatorOverflowError):
        exact(torch.zeros(1, 600, 1, 1))


def test_rounding_is_half_up_with_and_without_gradients() -> None:
    x = torch.linspace(-9, 9, 2881)
    expected = torch.floor(x + 0.5)
    assert torch.equal(round_through(x), expected)
    with torch.no_grad():
        assert torch.equal(round_through(x), expected)


def test_shift_right_is_a_rounding_shift_with_clamping() -> None:
    x = torch.tensor([-9000.0, -24.0, -8.0, -7.0, 7.0, 8.0, 24.0, 9000.0])
    assert shift_right(x, 4).tolist() == [-128, -1, 0, 0, 0, 1, 2, 127]
