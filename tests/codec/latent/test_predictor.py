"""Tests of codec/latent/predictor.py, with trained and with exact layers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.latent.passes import Prediction
from narrowcast.codec.latent.predictor import (
    FirstPass,
    Predictor,
    SecondPass,
    apply_dead_zone,
    checkerboard,
    neighbourhood,
)
from narrowcast.codec.latent.trained import TrainedModel
from tests.codec.tiny_model import TINY, tiny_model, tiny_trained

C, W = TINY.latent_channels, TINY.predictor_channels


def _latents(seed: int, height: int = 6, width: int = 9, limit: int = 3000) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-limit, limit + 1, (1, C, height, width), generator=generator).float()


def _both_passes(
    predictor: Predictor,
    reference_1: Tensor,
    reference_2: Tensor,
    innovation: Tensor,
    *,
    dead_zone: float = 12,
) -> tuple[Prediction, Prediction]:
    entry = torch.arange(W).float()[None, :, None, None]
    rows = torch.full((1, C, 1, 1), 20.0)
    zone = torch.full((1, C, 1, 1), float(dead_zone), dtype=reference_1.dtype)
    keyframe = torch.zeros(1, 1, 1, 1, dtype=reference_1.dtype)
    context, gate, *first = FirstPass(predictor)(reference_1, reference_2, entry, rows, zone, keyframe)
    second = SecondPass(predictor)(context, innovation, reference_1, gate, rows, zone)
    return Prediction(*first), Prediction(*second)


def _predictors() -> tuple[Predictor, Predictor]:
    coder: TrainedModel = tiny_trained()
    coder.set_exact(True)
    return coder.predictor, tiny_model().exact.predictor


def test_the_checkerboard_splits_every_position_between_the_passes() -> None:
    mask = checkerboard(4, 3, 5)
    assert mask.shape == (1, 4, 3, 5)
    assert float(mask[0, 0, 0, 0]) == 1 and float(mask[0, 0, 0, 1]) == 0 and float(mask[0, 0, 1, 0]) == 0
    assert torch.equal(mask[0, 0], mask[0, 1])
    assert torch.equal(mask[0, 2], 1 - mask[0, 0])
    assert torch.equal(mask[0, 2], mask[0, 3])


def test_the_neighbourhood_is_3x3_and_joins_the_channels() -> None:
    changed = torch.zeros(1, 3, 7, 7)
    changed[0, 2, 3, 3] = -5
    gate = neighbourhood(changed)
    assert gate.shape == (1, 1, 7, 7)
    assert float(gate.sum()) == 9 and bool((gate[0, 0, 2:5, 2:5] == 1).all())


@torch.inference_mode()
def test_trained_and_exact_predictors_agree() -> None:
    reference_1, reference_2, innovation = _latents(0), _latents(1), _latents(2, limit=200)
    trained, exact = (
        _both_passes(predictor, reference_1, reference_2, innovation) for predictor in _predictors()
    )
    for a, b in zip(trained, exact, strict=True):
        assert torch.equal(a.mean, b.mean)
        assert torch.equal(a.row, b.row)
    assert not torch.equal(exact[0].mean, reference_1), "the test should see it predict something"
    assert float(exact[0].row.max() - exact[0].row.min()) > 3


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@torch.inference_mode()
def test_layout_and_float64_change_nothing(layout: torch.memory_format) -> None:
    reference_1, reference_2, innovation = _latents(3), _latents(4), _latents(5, limit=200)
    _, exact = _predictors()
    plain = _both_passes(exact, reference_1, reference_2, innovation)
    turned = [x.contiguous(memory_format=layout) for x in (reference_1, reference_2, innovation)]
    laid_out = _both_passes(exact, turned[0], turned[1], turned[2])
    coder = tiny_trained().double()
    coder.set_exact(True)
    double = _both_passes(coder.predictor, reference_1.double(), reference_2.double(), innovation.double())
    for a, b, c in zip(plain, laid_out, double, strict=True):
        assert torch.equal(a.mean, b.mean) and torch.equal(a.mean.double(), c.mean)
        assert torch.equal(a.row, b.row) and torch.equal(a.row.double(), c.row)


@torch.inference_mode()
def test_outputs_are_integers_in_range_whatever_the_latents() -> None:
    extreme = 8191 * _latents(6, limit=1)
    for prediction in _both_passes(_predictors()[1], extreme, -extreme, 3 * extreme):
        assert torch.equal(prediction.mean, prediction.mean.round())
        assert float(prediction.mean.abs().max()) <= 8191 + 4 * 2048
        assert torch.equal(prediction.row, prediction.row.round())
        assert int(prediction.row.min()) >= 0 and int(prediction.row.max()) < SCALE_ROWS


@torch.inference_mode()
def test_where_the_references_agree_the_prediction_is_reference_1() -> None:
    """Stillness is free by construction; what moves elsewhere must not leak further than its neighbours."""
    reference_1 = _latents(7, 12, 12)
    reference_2 = reference_1.clone()
    reference_2[0, 1, 2, 2] += 640
    first, second = _both_passes(_predictors()[1], reference_1, reference_2, torch.zeros_like(reference_1))
    touched = torch.zeros(12, 12, dtype=torch.bool)
    touched[1:4, 1:4] = True
    for prediction in (first, second):
        assert torch.equal(prediction.mean[..., ~touched], reference_1[..., ~touched])
        assert not torch.equal(prediction.mean[..., touched], reference_1[..., touched])


@pytest.mark.parametrize("dead_zone", [0, 20, 50_000])
@torch.inference_mode()
def test_a_shift_within_the_dead_zone_is_dropped(dead_zone: int) -> None:
    reference_1, reference_2, innovation = _latents(9), _latents(10), _latents(11, limit=200)
    predictor = _predictors()[1]
    free = _both_passes(predictor, reference_1, reference_2, innovation, dead_zone=0)
    held = _both_passes(predictor, reference_1, reference_2, innovation, dead_zone=dead_zone)
    for a, b in zip(free, held, strict=True):
        small = (a.mean - reference_1).abs() < dead_zone
        assert torch.equal(b.mean, torch.where(small, reference_1, a.mean))
        assert torch.equal(a.row, b.row)
        assert bool(small.any()) == (dead_zone > 0) and bool(small.all()) == (dead_zone > 1000)


def test_a_dropped_shift_can_still_be_learned() -> None:
    shift = torch.tensor([3.0, -20.0, 20.0], requires_grad=True)
    kept = apply_dead_zone(shift, torch.tensor(20.0))
    torch.autograd.backward(kept.sum())
    assert kept.tolist() == [0, -20, 20]
    assert shift.grad is not None and shift.grad.tolist() == [1, 1, 1]


@torch.inference_mode()
def test_an_innovation_opens_the_gate_of_the_second_pass_around_it() -> None:
    reference_1 = _latents(8, 12, 12)
    innovation = torch.zeros_like(reference_1)
    innovation[0, 0, 6, 6] = 64
    first, second = _both_passes(_predictors()[1], reference_1, reference_1, innovation)
    assert torch.equal(first.mean, reference_1)
    touched = torch.zeros(12, 12, dtype=torch.bool)
    touched[5:8, 5:8] = True
    assert torch.equal(second.mean[..., ~touched], reference_1[..., ~touched])
    assert not torch.equal(second.mean[..., touched], reference_1[..., touched])
