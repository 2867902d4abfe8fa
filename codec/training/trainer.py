"""The training loop that every stage runs through: read it once from top to bottom."""

from __future__ import annotations

import copy
import json
import logging
import math
import os
import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from codec.training.config import StageConfig
from codec.training.curves import LOG, draw_curves
from codec.training.processes import Processes
from narrowcast.errors import TrainingError

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"


class Stage(Protocol):
    """What a stage of training brings to the loop."""

    name: str
    models: nn.ModuleDict
    "everything that a checkpoint keeps"
    trained: list[nn.Parameter]
    "what the optimiser moves"

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Draw a batch and return (loss, figures to log); progress runs from 0 to 1."""
        ...

    def after_step(self, progress: float) -> dict[str, float]:
        """Do what follows the step (a discriminator's own step); return figures to log."""
        ...

    def sample(self, path: Path) -> None:
        """Write a picture: source and reconstruction side by side."""
        ...

    def close(self) -> None:
        """Stop helpers."""
        ...


def rate_of_learning(config: StageConfig, step: int, progress: float) -> float:
    """Linear warm-up by steps, then a cosine by progress down to a hundredth."""
    warm = min(1.0, (step + 1) / config.warmup_steps)
    return config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


class Trainer:
    """Runs one stage for its minutes; keeps averaged weights, a log and checkpoints."""

    def __init__(self, config: StageConfig, stage: Stage, processes: Processes) -> None:
        self.config, self.stage, self.processes = config, stage, processes
        self.optimizer = torch.optim.AdamW(
            stage.trained, lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=1e-4
        )
        self.averaged = copy.deepcopy(stage.models).requires_grad_(False)
        self.step = 0
        self.elapsed_s = 0.0
        self.rejected = 0
        config.run_dir.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Train until the minutes are over or Ctrl-C; always leaves a checkpoint."""
        limit_s = self.config.minutes * 60
        saved_s = last_s = time.monotonic()
        log = (self.config.run_dir / LOG).open("a")
        bar = tqdm(desc=self.stage.name, unit="step", disable=self.processes.rank > 0, mininterval=5)
        with _stop_on_signal() as stopping, log:
            while self.elapsed_s < limit_s and not self.processes.agree(stopping()):
                progress = min(1.0, self.elapsed_s / limit_s)
                figures = self._one_step(progress)
                now_s = time.monotonic()
                self.elapsed_s = self.processes.first(self.elapsed_s + now_s - last_s)
                last_s = now_s
                bar.update()
                if self.step % 20 == 0 and self.processes.rank == 0:
                    record = {"step": self.step, "elapsed_s": round(self.elapsed_s, 1), **figures}
                    log.write(json.dumps(record) + "\n")
                    log.flush()
                    bar.set_postfix({key: f"{value:.3g}" for key, value in figures.items()}, refresh=False)
                if now_s - saved_s > 60 * self.config.save_minutes and self.processes.rank == 0:
                    self.save()
                    saved_s = now_s
        bar.close()
        if self.processes.rank == 0:
            self.save()
        self.stage.close()

    def _one_step(self, progress: float) -> dict[str, float]:
        rate = rate_of_learning(self.config, self.step, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, figures = self.stage.loss(progress)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.processes.average(self.stage.trained)
        norm = nn.utils.clip_grad_norm_(self.stage.trained, self.config.clip_norm)
        if torch.isfinite(norm):  # a step with a broken gradient is dropped, not taken
            self.optimizer.step()
        else:
            self.rejected += 1
        figures |= self.stage.after_step(progress)
        self._average_weights()
        self.step += 1
        return {"loss": float(loss.detach()), "norm": float(norm), "rejected": self.rejected, **figures}

    @torch.no_grad()
    def _average_weights(self) -> None:
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        current = self.stage.models.state_dict()
        for name, kept in self.averaged.state_dict().items():
            if kept.is_floating_point():
                kept.lerp_(current[name], 1 - decay)
            else:
                kept.copy_(current[name])

    def save(self) -> None:
        """Write the checkpoint (atomically), a sample picture and the curves."""
        state = {
            "models": self.stage.models.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        path = self.config.run_dir / CHECKPOINT
        torch.save(state, path.with_suffix(".tmp"))
        os.replace(path.with_suffix(".tmp"), path)
        self.stage.sample(self.config.run_dir / f"sample-{self.step:07d}.png")
        draw_curves(self.config.run_dir)

    def resume(self) -> bool:
        """Load this stage's own checkpoint; False where there is none."""
        if not (self.config.run_dir / CHECKPOINT).exists():
            return False
        state = load_checkpoint(self.config.run_dir)
        self.stage.models.load_state_dict(state["models"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        return True


class CheckpointError(TrainingError):
    """A checkpoint is missing or unreadable; the text says what to do."""


def load_checkpoint(run_dir: Path) -> dict[str, Any]:
    """Read what `Trainer.save` wrote into a run's folder; CheckpointError where it is not there or broken."""
    path = run_dir / CHECKPOINT
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"no checkpoint in {run_dir}; name the folder that was --run of that stage"
        ) from error
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise CheckpointError(f"{path} is damaged; train that stage again") from error
    return state


def averaged_weights(run_dir: Path) -> dict[str, Tensor]:
    """Return the averaged weights of a run, which are the ones to use."""
    weights: dict[str, Tensor] = load_checkpoint(run_dir)["averaged"]
    return weights


@contextmanager
def _stop_on_signal() -> Iterator[Any]:
    """Turn the first Ctrl-C or SIGTERM into a clean stop; a second one interrupts."""
    seen: list[int] = []
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _frame: object) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in previous:
        signal.signal(number, note)
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
