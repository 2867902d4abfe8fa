"""Tests of codec/latent/trained.py: training sees what the shipped codec does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from narrowcast.codec.latent.config import Q_LEVELS
from narrowcast.codec.latent.passes import CodedHalf, Prediction
from narrowcast.codec.latent.quantiser import Quantiser, dead_zones
from narrowcast.codec.latent.reference import Phase, ReferenceState
from narrowcast.codec.latent.trained import Conditions, StraightThroughQuantiser
from tests.codec.tiny_model import TINY, tiny_model, tiny_trained

Q_LEVEL = 100


def _latents(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (1, TINY.latent_channels, 5, 6)
    return torch.randint(-2000, 2000, shape, generator=generator).float()


@torch.no_grad()
def test_training_and_the_shipped_model_code_the_same_latents() -> None:
    """With the integer steps of the quality level in place of the float ones, frame after frame."""
    exact = tiny_model().exact
    model = tiny_trained()
    model.set_exact(True)
    knots = (exact.steps[Q_LEVEL].float() / 64).log()
    model.steps.log_knots.copy_(knots.expand_as(model.steps.log_knots))
    tables = exact.tables
    assert tables is not None
    q = torch.tensor([Q_LEVEL / (Q_LEVELS - 1)])
    state = ReferenceState.empty((1, TINY.latent_channels, 5, 6), torch.device("cpu"))
    for seed in range(4):
        y = _latents(seed)
        trained = model(y, q, state, dead_zones(tables))
        y_hat = exact.code(state, Q_LEVEL, Quantiser(y, tables))
        # The float step may miss the integer by a rounding error, the rest is exact.
        assert torch.equal(trained.y_hat.round(), y_hat)
        state = state.advanced(y_hat)


def test_gradients_reach_every_parameter() -> None:
    model = tiny_trained()
    q = torch.tensor([0.3])
    state = ReferenceState.empty((1, TINY.latent_channels, 5, 6), torch.device("cpu"))
    for seed in range(3):  # a keyframe, the frame after it, an inter frame
        y = _latents(seed)
        coded = model(y, q, state)
        (
            coded.y_hat.mean() + ((y - coded.mean) / model.step(q)).square().mean() + coded.row.mean()
        ).backward()
        state = state.advanced(coded.y_hat.detach())
    without = [name for name, value in model.named_parameters() if value.grad is None or not value.grad.any()]
    assert not without


def test_the_quantiser_rounds_to_whole_steps_and_obeys_the_dead_zone() -> None:
    y = torch.tensor([0.0, 5.9, 6.1, -6.1, 14.0]).view(1, 5, 1, 1)
    prediction = Prediction(mean=torch.zeros_like(y), row=torch.zeros_like(y))
    step = torch.tensor(10.0)
    whole = CodedHalf(mask=torch.ones(1, 5, 1, 1) > 0, indices=torch.arange(5), channels=torch.arange(5))
    for zones, expected in ((None, [0, 1, 1, -1, 1]), (torch.full((64,), 0.6), [0, 0, 1, -1, 1])):
        symbols = StraightThroughQuantiser(y, zones).residual(prediction, step, whole)
        assert symbols.flatten().tolist() == expected


@torch.no_grad()
def test_what_is_coded_of_both_passes_is_put_together() -> None:
    model, y = tiny_trained(), _latents(0)
    model.set_exact(True)
    coded = model(y, torch.tensor([0.4]), ReferenceState.empty(y.shape, y.device))
    step = model.step(torch.tensor([0.4]))
    assert torch.equal(coded.symbols, coded.symbols.round()) and bool(coded.symbols.any())
    assert torch.allclose(coded.y_hat, coded.mean + coded.symbols * step)
    assert float(((y - coded.y_hat) / step).abs().max()) <= 0.501
    assert 0 <= float(coded.row.min()) < float(coded.row.max()) <= 63


def test_conditions_interpolate_between_knots_and_know_the_phase() -> None:
    conditions = Conditions(TINY)
    with torch.no_grad():
        conditions.entry[Phase.INTER, :, 0] = torch.tensor([0.0, 1.0, 3.0])
    entry, rows = conditions(Phase.INTER, torch.tensor([0.25, 0.5, 1.0]))
    assert entry.shape == (3, TINY.predictor_channels, 1, 1) and rows.shape == (3, TINY.latent_channels, 1, 1)
    assert entry[:, 0, 0, 0].tolist() == [8.0, 16.0, 48.0]
    assert rows[0, 0, 0, 0].item() == pytest.approx(30.0)
    assert conditions(Phase.KEYFRAME, torch.ones(1))[0][0, 0, 0, 0].item() == 0.0
