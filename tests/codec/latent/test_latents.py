"""Tests of codec/latent/latents.py: training sees what the shipped codec does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from codec.latent.config import Q_LEVELS
from codec.latent.entropy import EntropyTables, gaussian_tables
from codec.latent.history import History
from codec.latent.latents import quantise
from codec.latent.predictor import Phase, Prediction
from codec.latent.quantiser import MAX_DEAD_ZONE, Quantiser, dead_zones
from tests.codec.tiny_model import TINY, tiny_coder, tiny_model

Q_LEVEL = 100


def _latents(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (1, TINY.latent_channels, 5, 6)
    return torch.randint(-2000, 2000, shape, generator=generator).float()


@torch.no_grad()
def test_training_and_the_shipped_model_code_the_same_latents() -> None:
    """With the integer steps of the quality level in place of the float ones, frame after frame."""
    exact = tiny_model().exact
    coder = tiny_coder()
    coder.set_exact(True)
    knots = (exact.steps[Q_LEVEL].float() / 64).log()
    coder.steps.log_knots.copy_(knots.expand_as(coder.steps.log_knots))
    tables = exact.tables
    assert tables is not None
    q = torch.tensor([Q_LEVEL / (Q_LEVELS - 1)])
    history = History.empty(TINY.latent_channels, 5, 6, torch.device("cpu"))
    for seed in range(4):
        y = _latents(seed)
        phase = torch.tensor([int(history.phase)])
        trained = coder(y, q, phase, history.past, history.before, dead_zones(tables))
        coded = exact.code(history, Q_LEVEL, Quantiser(y, tables))
        # The float step may miss the integer by a rounding error, the rest is exact.
        assert torch.equal(trained.y_hat.round(), coded.y_hat)
        history = history.advanced(coded.y_hat)


def test_gradients_reach_every_parameter() -> None:
    coder = tiny_coder()
    phase = torch.tensor([int(Phase.INTER), int(Phase.KEYFRAME)])
    y, past, before = (torch.cat([_latents(seed), _latents(seed + 9)]) for seed in (1, 2, 3))
    coded = coder(y, torch.tensor([0.3, 0.8]), phase, past, before)
    (coded.y_hat.mean() + coded.residual.square().mean() + coded.row.mean()).backward()
    without = [name for name, value in coder.named_parameters() if value.grad is None or not value.grad.any()]
    assert not without


def test_quantise_rounds_to_whole_steps_and_obeys_the_dead_zone() -> None:
    y = torch.tensor([0.0, 5.9, 6.1, -6.1, 14.0]).view(1, 5, 1, 1)
    prediction = Prediction(mean=torch.zeros_like(y), row=torch.zeros_like(y))
    step = torch.tensor(10.0)
    assert quantise(y, prediction, step, None).flatten().tolist() == [0, 1, 1, -1, 1]
    zones = torch.full((64,), 0.6)
    assert quantise(y, prediction, step, zones).flatten().tolist() == [0, 0, 1, -1, 1]


def test_dead_zones_grow_with_what_a_one_costs_and_stay_below_a_step() -> None:
    zones = dead_zones(EntropyTables(gaussian_tables()))
    assert zones.shape == (64,)
    assert bool((zones[1:40] <= zones[:39]).all())
    assert float(zones[0]) == pytest.approx(MAX_DEAD_ZONE)
    assert float(zones[-1]) < 0.51
