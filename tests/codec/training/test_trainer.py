"""The training loop: learning rate, averaged weights, checkpoints, and steps that go wrong."""

from __future__ import annotations

import json
import math
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from narrowcast.codec.training.batches import Prefetcher, StepGenerators
from narrowcast.codec.training.checkpoints import averaged_weights, load_checkpoint
from narrowcast.codec.training.config import RestoreConfig, StageConfig, StillsConfig
from narrowcast.codec.training.plan import TINY_LATENT
from narrowcast.codec.training.stage import TrainingStage
from narrowcast.codec.training.stills import StillsStage
from narrowcast.codec.training.trainer import Trainer, learning_rate
from tests.codec.training.short_runs import ALONE, check_a_run_can_be_interrupted, run


class LineStage(TrainingStage[Tensor]):
    """Fits a line through the origin, of slope 2."""

    name = "line"

    def __init__(self, fail_at: int | None = None) -> None:
        line = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(line.weight)
        self.models = nn.ModuleDict({"line": line})
        self.trained = list(line.parameters())
        steps = iter(range(10**6))

        def make(generators: StepGenerators) -> Tensor:
            if next(steps) == fail_at:
                raise ValueError("a broken batch")
            return torch.tensor([[rng.uniform()] for rng in generators.samples])

        self.batches = Prefetcher(make, seed=0, batch=4)

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        x = self.batches.next().float()
        return (self.models["line"](x) - 2 * x).square().mean(), {}


def make_config(run_dir: Path) -> StageConfig:
    return StageConfig(run_dir=run_dir, cache_dir=run_dir, learning_rate=0.05, warmup_steps=1, ema_decay=0.5)


def test_the_learning_rate_warms_up_and_cools_down(tmp_path: Path) -> None:
    config = StillsConfig(run_dir=tmp_path, cache_dir=tmp_path, learning_rate=1e-3, warmup_steps=10)
    assert learning_rate(config, 0, 0.0) == pytest.approx(1e-4)
    assert learning_rate(config, 10, 0.0) == pytest.approx(1e-3)
    assert learning_rate(config, 1000, 0.5) == pytest.approx(5e-4)
    assert learning_rate(config, 1000, 1.0) == 0


def test_the_learning_rate_may_be_constant_for_a_share(tmp_path: Path) -> None:
    config = RestoreConfig(run_dir=tmp_path, cache_dir=tmp_path)
    rates = [learning_rate(config, 1000, progress) for progress in (0.0, 0.4, 0.7, 1.0)]
    assert rates == pytest.approx([5e-4, 5e-4, 2.5e-4, 0])


def test_averaged_weights_follow_the_trained_ones_faster_at_first(tmp_path: Path) -> None:
    stage, config = LineStage(), make_config(tmp_path)
    trainer = Trainer(config, stage, ALONE)
    expected = 0.0
    for step in range(12):
        trainer._one_step(0.0)
        decay = min(config.ema_decay, (1 + step) / (10 + step))
        weight = float(stage.trained[0].detach())
        expected = decay * expected + (1 - decay) * weight
        averaged = trainer.averaged.module.state_dict()["line.weight"]
        assert float(averaged) == pytest.approx(expected, rel=1e-5)
    stage.close()
    assert 0 < expected < weight


def test_resume_goes_on_averaging_where_the_run_stopped(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    run(config, LineStage(), 10)
    stage = LineStage()
    trainer = Trainer(config, stage, ALONE)
    assert trainer.resume()
    stage.close()
    assert trainer.step == 10 and int(trainer.averaged.n_averaged) == 11
    assert trainer.averaged.module.state_dict().keys() == averaged_weights(tmp_path).keys()
    torch.testing.assert_close(trainer.averaged.module.state_dict(), averaged_weights(tmp_path))


class NoisyLine(LineStage):
    """Fits the line with noise that torch draws, and has a second network with an optimiser of its own."""

    def __init__(self) -> None:
        super().__init__()
        judge = nn.Linear(1, 1)
        nn.init.ones_(judge.weight)
        nn.init.zeros_(judge.bias)
        self.models["judge"] = judge
        self.optimizers = {"judge": torch.optim.AdamW(judge.parameters(), lr=0.01)}

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        x = self.batches.next().float()
        noise = torch.randn_like(x)
        loss = (self.models["line"](x) + 0.1 * noise - 2 * x).square().mean()
        (self.models["judge"](x) + noise).square().mean().backward()
        return loss, {}

    def after_step(self) -> dict[str, float]:
        self.optimizers["judge"].step()
        self.optimizers["judge"].zero_grad()
        return {}


def test_a_run_that_goes_on_ends_as_one_that_never_stopped(tmp_path: Path) -> None:
    check_a_run_can_be_interrupted(NoisyLine, make_config(tmp_path), steps=9, stop=4)


def test_steps_end_a_run_and_lead_its_learning_rate(tmp_path: Path) -> None:
    config = replace(make_config(tmp_path), steps=4)
    stage = LineStage()
    trainer = Trainer(config, stage, ALONE)
    seen: list[float] = []
    whole = stage.loss

    def noted(progress: float) -> tuple[Tensor, dict[str, float]]:
        seen.append(progress)
        return whole(progress)

    stage.loss = noted  # type: ignore[method-assign]
    trainer.run()
    assert seen == [0.0, 0.25, 0.5, 0.75]
    assert trainer.finished


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path: Path) -> None:
    stage = LineStage()
    assert not Trainer(make_config(tmp_path), stage, ALONE).resume()
    stage.close()


def test_a_batch_that_cannot_be_made_ends_the_run_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a broken batch"):
        run(make_config(tmp_path), LineStage(fail_at=3), 10)


def test_a_signal_stops_cleanly_and_leaves_a_checkpoint(tmp_path: Path) -> None:
    stage = LineStage()
    trainer = Trainer(make_config(tmp_path), stage, ALONE)
    whole = stage.loss

    def interrupted(progress: float) -> tuple[Tensor, dict[str, float]]:
        if trainer.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return whole(progress)

    stage.loss = interrupted  # type: ignore[method-assign]
    before = signal.getsignal(signal.SIGTERM)
    trainer.run()
    assert load_checkpoint(tmp_path)["step"] == 3
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_step_with_a_broken_gradient_is_dropped(tmp_path: Path) -> None:
    stage = LineStage()
    trainer = Trainer(make_config(tmp_path), stage, ALONE)
    before = {name: value.clone() for name, value in stage.models.state_dict().items()}
    whole = stage.loss

    def broken(progress: float) -> tuple[Tensor, dict[str, float]]:
        loss, figures = whole(progress)
        trainer.elapsed_s = math.inf
        return loss * math.nan, figures

    stage.loss = broken  # type: ignore[method-assign]
    trainer.run()
    assert trainer.rejected == 1
    assert all(torch.equal(value, before[name]) for name, value in stage.models.state_dict().items())


def test_a_run_leaves_a_log_and_a_picture(stills_run: Path) -> None:
    records = [json.loads(line) for line in (stills_run / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [20, 40, 60]
    assert {"loss", "bpp", "psnr", "norm", "rejected"} <= records[0].keys()
    assert len(list(stills_run.glob("sample-*.png"))) == 1


def test_resume_goes_on_where_the_run_stopped(stills_run: Path, cache_dir: Path) -> None:
    config = StillsConfig(run_dir=stills_run, cache_dir=cache_dir, model=TINY_LATENT, batch=2, crop=64)
    stage = StillsStage(config, ALONE)
    trainer = Trainer(config, stage, ALONE)
    assert trainer.resume()
    stage.close()
    assert trainer.step == 60
    kept = load_checkpoint(stills_run)["models"]
    assert all(torch.equal(value, kept[name]) for name, value in stage.models.state_dict().items())
