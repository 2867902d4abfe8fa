"""The predictor stage: scenes coded as a stream codes them, and what is trained."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.reference import Phase, ReferenceState
from narrowcast.codec.latent.trained import CodedLatents
from narrowcast.codec.training.checkpoints import averaged_weights
from narrowcast.codec.training.config import PredictorConfig
from narrowcast.codec.training.plan import TINY_LATENT
from narrowcast.codec.training.predictor import (
    PredictorStage,
    code_frames,
    integer_latents,
    sender_dead_zones,
)
from tests.codec.training.short_runs import ALONE


class RecordingCoder(nn.Module):
    """Stands for the latents' coder: gives them back and remembers what each frame was predicted from."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Phase, float, float]] = []

    def forward(self, y: Tensor, q: Tensor, state: ReferenceState, dead_zones: Tensor) -> CodedLatents:
        first, second = state.reference_1, state.reference_2
        self.seen.append((state.phase, float(first[0, 0, 0, 0]), float(second[0, 0, 0, 0])))
        return CodedLatents(y_hat=y, mean=y, row=y, symbols=y)


def test_each_frame_is_predicted_from_the_two_before_it() -> None:
    coder, q = RecordingCoder(), torch.rand(1)
    latents = [torch.full((1, 8, 2, 2), float(number)) for number in (1, 2, 3, 4)]
    coded = list(code_frames(coder, latents, [q] * 4, sender_dead_zones("cpu")))  # type: ignore[arg-type]
    assert [float(frame.y_hat[0, 0, 0, 0]) for frame in coded] == [1, 2, 3, 4]
    assert coder.seen == [
        (Phase.KEYFRAME, 0, 0),
        (Phase.AFTER_KEYFRAME, 1, 1),  # the one frame before stands for both
        (Phase.INTER, 2, 1),
        (Phase.INTER, 3, 2),
    ]


def test_latents_are_whole_numbers_without_a_gradient() -> None:
    torch.manual_seed(0)
    y = integer_latents(Analysis(TINY_LATENT), torch.rand(2, 3, 64, 64), torch.rand(2), bf16=False)
    assert y.shape == (2, 8, 4, 4)
    assert torch.equal(y, y.round()) and not y.requires_grad
    assert float(y.abs().max()) > 1


def test_quantiser_steps_and_analysis_stay_and_the_figures_are_told(
    predictor_run: Path, stills_run: Path, cache_dir: Path, tmp_path: Path
) -> None:
    """The run itself, which asserts that the loss falls, is in conftest.py."""
    config = PredictorConfig(run_dir=tmp_path, cache_dir=cache_dir, batch=1, crop=64, frames=3)
    stage = PredictorStage(config, TINY_LATENT, ALONE)
    stage.load(averaged_weights(stills_run))
    loss, figures = stage.loss(1.0)
    stage.close()
    torch.autograd.backward(loss)
    assert stage.coder.steps.log_knots.grad is None
    assert all(parameter.grad is None for parameter in stage.analysis.parameters())
    assert figures.keys() == {"key_bpp", "inter_bpp"} and min(figures.values()) > 0
    assert averaged_weights(predictor_run).keys() == {f"coder.{name}" for name in stage.coder.state_dict()}
