"""Runs a stage through the real loop for a number of steps instead of minutes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from narrowcast.codec.training.checkpoints import load_checkpoint
from narrowcast.codec.training.config import StageConfig
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.stage import TrainingStage
from narrowcast.codec.training.trainer import Trainer

ALONE = Processes(rank=0, world_size=1)


class StopAfter:
    """Ends a stage after so many steps, by claiming that its minutes are over."""

    def __init__(self, stage: TrainingStage[Any], trainer: Trainer, steps: int) -> None:
        self._loss, self._trainer, self._steps = stage.loss, trainer, steps
        stage.loss = self  # type: ignore[method-assign]
        self.losses: list[float] = []

    def __call__(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        done = self._trainer.step + 1
        if done >= self._steps:
            self._trainer.elapsed_s = math.inf
        loss, figures = self._loss(min(1.0, done / self._steps))
        self.losses.append(float(loss.detach()))
        return loss, figures


def run(config: StageConfig, stage: TrainingStage[Any], steps: int) -> list[float]:
    """Train for so many steps; return the losses."""
    torch.manual_seed(0)
    trainer = Trainer(config, stage, ALONE)
    counted = StopAfter(stage, trainer, steps)
    trainer.run()
    assert trainer.step == steps
    return counted.losses


def check_a_run_can_be_interrupted(
    make_stage: Callable[[], TrainingStage[Any]], config: StageConfig, steps: int, stop: int
) -> None:
    """Train once without and once with a stop after some steps: both runs end with the same weights."""
    ends = []
    for folder, stops in (("whole", (steps,)), ("halves", (stop, steps))):
        its_config = replace(config, run_dir=config.run_dir / folder, steps=steps)
        for end in stops:
            torch.manual_seed(0)
            stage = make_stage()
            trainer = Trainer(its_config, stage, ALONE)
            trainer.resume()
            while trainer.step < end:
                trainer._one_step(trainer.progress)
            trainer.save()
            stage.close()
        assert trainer.finished
        ends.append(load_checkpoint(its_config.run_dir))
    for part in ("models", "averaged"):
        for name, value in ends[0][part].items():
            assert torch.equal(value, ends[1][part][name]), name
