"""Tests of exact.py: what both sides compute, and the bound that keeps errors from building up."""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.latent.config import Y_LIMIT, ModelConfig
from narrowcast.codec.latent.entropy import SymbolReader
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.passes import CodingPasses
from narrowcast.codec.latent.predictor import neighbourhood
from narrowcast.codec.latent.quantiser import Quantiser, ResidualReader
from narrowcast.codec.latent.reference import ReferenceState
from tests.codec.tiny_model import TINY, tiny_model, tiny_trained

CPU = torch.device("cpu")

SMALLEST = ModelConfig(
    latent_channels=2,
    wide_channels=2,
    fine_channels=2,
    detail_channels=1,
    predictor_channels=2,
    quality_knots=2,
)


def _empty(height: int = 5, width: int = 6, channels: int = TINY.latent_channels) -> ReferenceState:
    return ReferenceState.empty((1, channels, height, width), CPU)


def _latents(rng: np.random.Generator, shape: tuple[int, ...], limit: int = 3000) -> Tensor:
    return torch.from_numpy(rng.integers(-limit, limit + 1, shape)).float()


def _encode(model: ExactModel, state: ReferenceState, q_level: int, y: Tensor) -> tuple[Tensor, bytes]:
    assert model.tables is not None
    quantiser = Quantiser(y, model.tables)
    frame = model.code(state, q_level, quantiser)
    return frame, quantiser.writer.finish()


def _decode(model: ExactModel, state: ReferenceState, q_level: int, data: bytes) -> Tensor:
    assert model.tables is not None
    reader = SymbolReader(model.tables, data)
    frame = model.code(state, q_level, ResidualReader(reader))
    reader.finish()
    return frame


def test_the_decoder_computes_what_the_encoder_computed() -> None:
    model, rng = tiny_model().exact, np.random.default_rng(0)
    sender = receiver = _empty()
    for q_level in (0, 255, 40, 128, 128, 3):
        y = _latents(rng, (1, TINY.latent_channels, 5, 6))
        sent, data = _encode(model, sender, q_level, y)
        received = _decode(model, receiver, q_level, data)
        assert torch.equal(sent, received)
        sender, receiver = sender.advanced(sent), receiver.advanced(received)


@pytest.mark.parametrize(
    ("threads", "layout"), list(itertools.product([1, 2], [torch.contiguous_format, torch.channels_last]))
)
def test_threads_and_layouts_change_no_byte(threads: int, layout: torch.memory_format) -> None:
    model = tiny_model().exact
    payloads = []
    for way in ((1, torch.contiguous_format), (threads, layout)):
        torch.set_num_threads(way[0])
        rng, state, coded = np.random.default_rng(1), _empty(23, 40), b""
        for _ in range(3):
            y = _latents(rng, (1, TINY.latent_channels, 23, 40)).contiguous(memory_format=way[1])
            frame, data = _encode(model, state, 90, y)
            state = state.advanced(frame.contiguous(memory_format=way[1]))
            coded += data
        payloads.append(coded)
    assert payloads[0] == payloads[1]


def test_the_same_latents_again_change_nothing() -> None:
    model, rng = tiny_model().exact, np.random.default_rng(2)
    y = _latents(rng, (1, TINY.latent_channels, 5, 6))
    first, _ = _encode(model, _empty(), 128, y)
    second, data = _encode(model, _empty().advanced(first), 128, y)
    assert torch.equal(second, first)


def test_latents_at_the_limits_survive() -> None:
    model = tiny_model().exact
    shape = (1, TINY.latent_channels, 5, 6)
    sender = receiver = _empty()
    for sign in (1, -1, 1, -1):
        y = torch.full(shape, float(sign * Y_LIMIT))
        frame, data = _encode(model, sender, 255, y)
        received = _decode(model, receiver, 255, data)
        assert torch.equal(frame, received)
        assert float(frame.abs().max()) <= Y_LIMIT
        assert float((frame - y).abs().max()) <= 0.95 * float(model.steps[255].max())
        sender, receiver = sender.advanced(frame), receiver.advanced(received)


class WildPasses(CodingPasses):
    """Predicts any mean and any row, as no training would: the bound must not depend on the predictor."""

    def __init__(self) -> None:
        super().__init__(self._first, self._second)

    def _first(
        self,
        reference_1: Tensor,
        reference_2: Tensor,
        entry: Tensor,
        rows: Tensor,
        dead_zone: Tensor,
        keyframe: Tensor,
    ) -> tuple[Tensor, ...]:
        gate = torch.maximum(neighbourhood(reference_1 - reference_2), keyframe)
        return reference_1, gate, *self._second(reference_1, reference_1, reference_1, gate, rows, dead_zone)

    @staticmethod
    def _second(
        context: Tensor, innovation: Tensor, reference_1: Tensor, gate: Tensor, rows: Tensor, zone: Tensor
    ) -> tuple[Tensor, ...]:
        mean = reference_1 + gate * 4 * torch.randint(-2048, 2048, reference_1.shape)
        return mean, torch.randint(0, 64, reference_1.shape).float()


@pytest.mark.parametrize(("wild", "frames"), [(True, 10_000), (False, 1_000)])
def test_errors_never_build_up(wild: bool, frames: int) -> None:
    """|y_hat - y| stays within the dead zone, 0.5 to 0.95 of a step, for ever and without a keyframe."""
    torch.manual_seed(3)
    model = ExactModel.from_trained(tiny_trained(SMALLEST, seed=3), SMALLEST)
    model.prepare()
    if wild:
        model._passes = WildPasses()
    assert model.tables is not None
    rng = np.random.default_rng(3)
    shape = (1, 2, 2, 1)
    state, arbitrary = _empty(2, 1, channels=2), _arbitrary_latents(rng, shape)
    worst = 0.0
    for y in itertools.islice(arbitrary, frames):
        q_level = int(rng.integers(256))
        frame = model.code(state, q_level, Quantiser(y, model.tables))
        error = (frame - y).abs() / model.steps[q_level].float()[None, :, None, None]
        worst = max(worst, float(error.max()))
        state = state.advanced(frame)
    assert 0.5 <= worst <= 0.9501


def _arbitrary_latents(rng: np.random.Generator, shape: tuple[int, ...]) -> Iterator[Tensor]:
    """Drift, noise, jumps, stand-stills and extremes, in runs of random length."""

    def run() -> list[Tensor]:
        kind, length = int(rng.integers(5)), int(rng.integers(1, 20))
        base = _latents(rng, shape, Y_LIMIT)
        if kind == 0:
            return [base] * length
        if kind == 1:
            return [_latents(rng, shape, Y_LIMIT) for _ in range(length)]
        if kind == 2:
            return [torch.sign(base) * Y_LIMIT * (-1) ** index for index in range(length)]
        scale = 3 if kind == 3 else 200
        steps = torch.cumsum(torch.cat([_latents(rng, shape, scale) for _ in range(length)]), 0)
        return [(base + step).clamp(-Y_LIMIT, Y_LIMIT) for step in steps]

    return itertools.chain.from_iterable(run() for _ in itertools.count())


def test_the_model_id_changes_with_every_integer() -> None:
    model = ExactModel.from_trained(tiny_trained(), TINY)
    ids = {model.model_id}
    for name, value in model.state_dict().items():
        changed = copy.deepcopy(model)
        changed.state_dict()[name].view(-1)[int(value.numel()) // 2] += 1
        ids.add(changed.model_id)
    assert len(ids) == len(model.state_dict()) + 1
    assert all(len(model_id) == 16 for model_id in ids)


def test_the_model_id_is_the_documented_hash() -> None:
    model = tiny_model().exact
    text = b"".join(
        f"{name} {value.numpy().dtype} {value.numpy().shape}\n".encode() + value.numpy().tobytes()
        for name, value in sorted(model.state_dict().items())
    )
    assert model.model_id == hashlib.sha256(text).hexdigest()[:16]


def test_quality_rises_with_the_level() -> None:
    model = tiny_model().exact
    steps = model.steps.float().mean(dim=1)
    assert float(steps[0]) > 2 * float(steps[255])
    assert int(model.steps.min()) >= 1


def test_tables_that_cannot_be_used_are_refused() -> None:
    no_step = ExactModel.from_trained(tiny_trained(), TINY)
    no_step.steps[3, 1] = 0
    with pytest.raises(WeightsError, match="steps below 1"):
        no_step.prepare()
    other_counts = ExactModel.from_trained(tiny_trained(), TINY)
    other_counts.counts[5] += 1
    with pytest.raises(WeightsError, match="cannot be used.*64 are needed"):
        other_counts.prepare()
    overflowing = ExactModel.from_trained(tiny_trained(), TINY)
    overflowing.state_dict()["predictor.past_in.bias"].fill_(1 << 23)
    with pytest.raises(WeightsError, match="cannot be used.*a sum could reach"):
        overflowing.prepare()
