"""Tests of codec/latent/quantiser.py: dead zones follow the price of a residual, or are set."""

from __future__ import annotations

import torch
from torch import Tensor

from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.latent.entropy import EntropyTables, SymbolReader, gaussian_tables
from narrowcast.codec.latent.passes import Prediction, coded_halves
from narrowcast.codec.latent.quantiser import MAX_DEAD_ZONE, Quantiser, ResidualReader, dead_zones

TABLES = EntropyTables(gaussian_tables())
CPU = torch.device("cpu")
STEP = torch.full((1, 2, 1, 1), 10.0)


def _residual(y: Tensor, row: int, dead_zone: float | None = None) -> Tensor:
    prediction = Prediction(mean=torch.zeros_like(y), row=torch.full_like(y, row))
    first, second = coded_halves(*y.shape[1:], CPU)
    quantiser = Quantiser(y, TABLES, dead_zone=dead_zone)
    return quantiser.residual(prediction, STEP, first) + quantiser.residual(prediction, STEP, second)


def test_a_zone_grows_with_the_price_and_ends_at_the_limit() -> None:
    zones = dead_zones(TABLES)
    assert zones.shape == (SCALE_ROWS,)
    assert float(zones[0]) == torch.tensor(MAX_DEAD_ZONE) and float(zones[-1]) < 0.51
    assert bool((zones[1:40] <= zones[:39]).all())
    priced = torch.from_numpy(TABLES.cost_of_one()).argsort()
    assert bool((zones[priced].diff() >= 0).all())


def test_small_residuals_become_zero_where_a_one_is_expensive() -> None:
    y = torch.tensor([[4.9, 5.2, 6.4, 6.6, -6.6, 26.0]]).view(1, 1, 1, 6).repeat(1, 2, 1, 1)
    assert _residual(y, row=0)[0, 0, 0].tolist() == [0, 0, 0, 1, -1, 3]
    assert _residual(y, row=SCALE_ROWS - 1)[0, 0, 0].tolist() == [0, 1, 1, 1, -1, 3]


def test_one_dead_zone_replaces_those_of_the_rows() -> None:
    y = torch.tensor([[4.9, 5.2, 6.4, 6.6, -6.6, 26.0]]).view(1, 1, 1, 6).repeat(1, 2, 1, 1)
    assert _residual(y, row=0, dead_zone=0.5)[0, 0, 0].tolist() == [0, 1, 1, 1, -1, 3]
    assert _residual(y, row=SCALE_ROWS - 1, dead_zone=2.0)[0, 0, 0].tolist() == [0, 0, 0, 0, 0, 3]


def test_what_is_written_is_what_was_rounded() -> None:
    y = torch.arange(-12.0, 12.0).view(1, 2, 3, 4) * 3
    prediction = Prediction(mean=torch.zeros_like(y), row=torch.full_like(y, 20))
    first, _ = coded_halves(2, 3, 4, CPU)
    quantiser = Quantiser(y, TABLES)
    residual = quantiser.residual(prediction, STEP, first)
    reader = ResidualReader(SymbolReader(TABLES, quantiser.writer.finish()))
    assert torch.equal(reader.residual(prediction, STEP, first), residual)
