"""Tests of codec/latent/passes.py: which latents each pass codes, and how the two add up."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from narrowcast.codec.latent.passes import CodedHalf, FrameConditions, Prediction, coded_halves
from narrowcast.codec.latent.predictor import checkerboard
from narrowcast.codec.latent.reference import ReferenceState
from tests.codec.tiny_model import TINY, tiny_model

CPU = torch.device("cpu")


class CountingResiduals:
    """Residuals of 1 in the first pass and 2 in the second, everywhere."""

    def __init__(self) -> None:
        self.predictions: list[Prediction] = []

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        self.predictions.append(prediction)
        return len(self.predictions) * half.mask.float()


@pytest.mark.parametrize("size", [(4, 4), (5, 7), (1, 9), (23, 40)])
def test_the_halves_are_the_checkerboard_in_the_order_channel_row_column(size: tuple[int, int]) -> None:
    values = torch.arange(4.0 * size[0] * size[1]).view(1, 4, *size)
    mask = checkerboard(4, *size) > 0
    first, second = coded_halves(4, *size, CPU)
    for half, expected in ((first, mask), (second, ~mask)):
        assert torch.equal(half.gather(values), values[expected])
        laid_out = values.contiguous(memory_format=torch.channels_last)
        assert torch.equal(half.gather(laid_out), values[expected])
        assert torch.equal(half.scatter(half.gather(values)), torch.where(expected, values, 0.0))
        assert torch.equal(half.channels, torch.arange(4)[:, None, None].expand(4, *size)[expected[0]])


@torch.inference_mode()
def test_each_pass_codes_its_half_and_the_second_sees_what_the_first_coded() -> None:
    model = tiny_model().exact
    state = ReferenceState.empty((1, TINY.latent_channels, 5, 6), CPU)
    residuals = CountingResiduals()
    y_hat = model.code(state, 128, residuals)
    first, second = residuals.predictions
    step = model.conditions(state.phase, 128).step
    inside = checkerboard(TINY.latent_channels, 5, 6) > 0
    assert torch.equal(y_hat, torch.where(inside, first.mean + step, second.mean + 2 * step))
    assert not torch.equal(first.mean, second.mean)


def test_a_keyframe_has_no_dead_zone_and_other_frames_half_a_step() -> None:
    step = torch.tensor([16.0, 33.0]).view(1, 2, 1, 1)
    for keyframe, expected in ((True, [0.0, 0.0]), (False, [8.0, 16.5])):
        conditions = FrameConditions(step=step, entry=step, rows=step, keyframe=keyframe)
        assert conditions.dead_zone.flatten().tolist() == expected


def test_halves_made_in_inference_mode_serve_training_too() -> None:
    coded_halves.cache_clear()
    with torch.inference_mode():
        half, _ = coded_halves(2, 3, 3, CPU)
    weight = torch.ones(1, 2, 3, 3, requires_grad=True)
    torch.autograd.backward(torch.where(half.mask, weight, 0.0).sum() + (weight * half.mask).sum())
    assert weight.grad is not None
