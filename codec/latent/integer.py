"""Exact arithmetic: convolutions over small integers that give the same result on every machine.

int8 activations, int8 weights, integer biases and a requantisation by a power of two. Products and
sums stay integers (or integer multiples of 2^-k) below 2^24, so an IEEE float32 convolution computes
them without rounding in whatever order it sums. TF32, fp16, bf16 and Winograd would break that and
stay off. Training sees the very same function through straight-through rounding (Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.errors import CodecError

ACCUMULATOR_LIMIT = 1 << 23
"""Sums must stay below half of 2^24: rounding adds a half to the bias, which needs one more bit."""

MAX_SHIFT = 14
WEIGHT_LIMIT = 127
BIAS_GAIN = 16.0
"""Biases train in units of 16, so that one rate of learning fits weights and biases."""


class AccumulatorOverflowError(CodecError):
    """A layer could leave the range in which float32 sums integers exactly."""


def round_through(x: Tensor) -> Tensor:
    """Round half up; the gradient passes as if nothing had happened."""
    if not torch.is_grad_enabled():
        return torch.floor(x + 0.5)
    return x + (torch.floor(x + 0.5) - x).detach()


class TrainedConv2d(nn.Module):
    """A convolution in training: float weights, quantised on the way when `exact` is set.

    Input and output are integers held in floats (any float before `exact` is set).
    """

    exact: bool

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, *, groups: int = 1, low: int = -128, high: int = 127
    ) -> None:
        super().__init__()
        self.exact = False
        self.low, self.high, self.groups, self.padding = low, high, groups, kernel // 2
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")

    def shift(self) -> Tensor:
        """Return the power k of each output channel: weights are integers times 2^-k."""
        largest = self.weight.detach().abs().amax(dim=(1, 2, 3)).clamp(min=1e-9)
        return torch.floor(torch.log2(WEIGHT_LIMIT / largest)).clamp(0, MAX_SHIFT)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve and clamp to [low, high]; with `exact`, in exact integers."""
        weight: Tensor = self.weight
        bias = self.bias * BIAS_GAIN
        if not self.exact:
            out = functional.conv2d(x, weight, bias, padding=self.padding, groups=self.groups)
            return out.clamp(self.low, self.high)
        unit = torch.exp2(self.shift())
        scale = unit[:, None, None, None]
        weight = round_through((weight * scale).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)) / scale
        bias = round_through(bias * unit) / unit
        out = functional.conv2d(x, weight, bias, padding=self.padding, groups=self.groups)
        return round_through(out).clamp(self.low, self.high)

    @torch.no_grad()
    def integers(self) -> dict[str, Tensor]:
        """Return weight (int8), bias (int32) and shift (int8), proved to stay in range."""
        shift = self.shift()
        unit = torch.exp2(shift)
        weight = torch.floor(self.weight * unit[:, None, None, None] + 0.5)
        weight = weight.clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)
        bias = torch.floor(self.bias * BIAS_GAIN * unit + 0.5)
        prove_exact(weight, bias)
        return {
            "weight": weight.to(torch.int8),
            "bias": bias.to(torch.int32),
            "shift": shift.to(torch.int8),
        }


class ExactConv2d(nn.Module):
    """The convolution of TrainedConv2d as it is shipped: integers only, nothing to train."""

    weight: Tensor
    bias: Tensor
    shift: Tensor

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, *, groups: int = 1, low: int = -128, high: int = 127
    ) -> None:
        super().__init__()
        self.low, self.high, self.groups, self.padding = low, high, groups, kernel // 2
        self.kernel = kernel
        self.register_buffer(
            "weight", torch.zeros(outputs, inputs // groups, kernel, kernel, dtype=torch.int8)
        )
        self.register_buffer("bias", torch.zeros(outputs, dtype=torch.int32))
        self.register_buffer("shift", torch.zeros(outputs, dtype=torch.int8))
        self._folded: tuple[Tensor, Tensor] | None = None

    def fold(self) -> None:
        """Turn the integers into the float32 weight and bias that `forward` uses; proves the bound."""
        prove_exact(self.weight.float(), self.bias.float())
        # Made on the CPU by ldexp: exp2 of an integer need not be a power of two on every device.
        unit = torch.from_numpy(np.ldexp(np.float32(1), -self.shift.cpu().numpy().astype(np.int32)))
        unit = unit.to(self.weight.device)
        self._folded = (
            self.weight.float() * unit[:, None, None, None],
            self.bias.float() * unit + 0.5,
        )

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> ExactConv2d:
        if self._folded is not None:  # no buffer, since it is not to be saved, but it moves like one
            weight, bias = self._folded
            self._folded = fn(weight), fn(bias)
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Convolve integers held in float32, exactly."""
        if self._folded is None:
            self.fold()
        assert self._folded is not None
        weight, bias = self._folded
        if self.kernel == 1 and self.groups == 1 and not torch.jit.is_tracing():  # type: ignore[attr-defined,no-untyped-call]
            # The same sums as a matrix product, which reads channels-last memory as it lies.
            out = functional.linear(x.permute(0, 2, 3, 1), weight[:, :, 0, 0], bias).permute(0, 3, 1, 2)
        elif x.is_cuda:
            with torch.backends.cudnn.flags(enabled=False):  # cuDNN could pick TF32 or Winograd
                out = functional.conv2d(x, weight, bias, padding=self.padding, groups=self.groups)
        else:
            out = functional.conv2d(x, weight, bias, padding=self.padding, groups=self.groups)
        return out.floor_().clamp_(self.low, self.high)


def prove_exact(weight: Tensor, bias: Tensor) -> None:
    """Raise AccumulatorOverflowError unless every partial sum stays under the limit.

    weight: integers [O, I, k, k]; bias: integers [O]; inputs are taken to be anywhere in int8.
    """
    worst = weight.abs().sum(dim=(1, 2, 3)) * 128 + bias.abs()
    if float(worst.max()) >= ACCUMULATOR_LIMIT:
        raise AccumulatorOverflowError(
            f"a sum could reach {int(worst.max())}, the limit is {ACCUMULATOR_LIMIT}; "
            "lower the weights (weight decay) or the width of the layer"
        )


def shift_right(x: Tensor, bits: int, low: int = -128, high: int = 127) -> Tensor:
    """Requantise integers: floor(x * 2^-bits + 0.5), clamped; straight-through in training."""
    return round_through(x * 2.0**-bits).clamp(low, high)
