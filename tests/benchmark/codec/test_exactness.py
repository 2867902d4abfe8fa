"""Exactness: equal backends agree, and one that rounds is found out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from narrowcast.benchmark.codec.backends import LaidOutBackend, Variant, variants_here
from narrowcast.benchmark.codec.exactness import code_footage, compare, measure_exactness
from narrowcast.codec.backends import Runner, Shape, TorchBackend
from tests.benchmark.bench_samples import HEIGHT, WIDTH, make_clip
from tests.codec.tiny_model import save_tiny_model

TORCH = Variant(name="torch", threads=1, make=lambda: LaidOutBackend(torch.channels_last))
FOOTAGE = make_clip(6).frames


class CarelessBackend(TorchBackend):
    """Adds a little to every mean: another machine's float arithmetic, in an exact network."""

    def __init__(self) -> None:
        super().__init__("cpu")

    def runner(self, network: nn.Module, shapes: tuple[Shape, ...], *, exact: bool = False) -> Runner:
        inner = super().runner(network, shapes, exact=exact)

        def run(*inputs: Tensor) -> tuple[Tensor, ...]:
            outputs = inner(*inputs)
            return (*outputs[:-2], outputs[-2] + 4.0, outputs[-1]) if exact else outputs

        return run


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return save_tiny_model(tmp_path)


def test_every_variant_of_this_machine_agrees_with_every_other(weights: Path) -> None:
    variants = [variant for variant in variants_here(1) if variant.name.startswith("torch")]
    told: list[str] = []
    rows = list(measure_exactness(FOOTAGE, variants, 0.4, weights, told.append))
    assert [(row.encoder, row.decoder) for row in rows] == [
        (variants[0].name, variant.name) for variant in variants[1:]
    ]
    assert all(row.equal == row.frames == len(FOOTAGE) and not row.error for row in rows)
    assert len(told) == 1 + len(rows)


def test_a_backend_that_rounds_is_found_out(weights: Path) -> None:
    careless = Variant(name="careless", threads=1, make=CarelessBackend)
    coded = code_footage(TORCH, FOOTAGE, 0.4, weights)
    row = compare(coded, TORCH, careless, (WIDTH, HEIGHT), weights)
    assert row.equal < row.frames
    assert row.error
