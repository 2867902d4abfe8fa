"""The training loop that every stage runs through: read it once from top to bottom."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from codec.training.checkpoints import CHECKPOINT, load_checkpoint
from codec.training.config import StageConfig
from codec.training.curves import LOG, draw_curves
from codec.training.processes import Processes
from codec.training.stage import TrainingStage

LOG_STEPS = 20
"""Steps between two records of the log."""

Tensors = tuple[Tensor, ...] | list[Tensor]


def learning_rate(config: StageConfig, step: int, progress: float) -> float:
    """Return the rate of a step: linear warm-up by steps, then a cosine by progress down to a hundredth."""
    warm = min(1.0, (step + 1) / config.warmup_steps)
    return config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def warmed_up_ema(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """Return how AveragedModel averages: exponentially, decaying by at most n / (n + 9) after n updates."""

    def update(averaged: Tensors, current: Tensors, updates: Tensor | int) -> None:
        count = int(updates)
        average = get_ema_multi_avg_fn(min(decay, count / (count + 9)))  # type: ignore[no-untyped-call]
        average(averaged, current, updates)

    return update


class Trainer:
    """Runs one stage for its minutes; keeps averaged weights, a log and checkpoints."""

    def __init__(self, config: StageConfig, stage: TrainingStage[Any], processes: Processes) -> None:
        self.config, self.stage, self.processes = config, stage, processes
        self.optimizer = torch.optim.AdamW(
            stage.trained, lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=1e-4
        )
        # Buffers (the vectors of the discriminator's spectral norm) are copied, not averaged.
        self.averaged = AveragedModel(stage.models, multi_avg_fn=warmed_up_ema(config.ema_decay))
        self.averaged.requires_grad_(False)
        self.averaged.update_parameters(stage.models)  # the first update only copies
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
        with _stop_on_signal() as stopping, log, closing(self.stage):
            while self.elapsed_s < limit_s and not self.processes.any_true(stopping()):
                progress = min(1.0, self.elapsed_s / limit_s)
                figures = self._one_step(progress)
                now_s = time.monotonic()
                self.elapsed_s = self.processes.of_first(self.elapsed_s + now_s - last_s)
                last_s = now_s
                bar.update()
                if self.step % LOG_STEPS == 0 and self.processes.rank == 0:
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

    def _one_step(self, progress: float) -> dict[str, float]:
        rate = learning_rate(self.config, self.step, progress)
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
        figures |= self.stage.after_step()
        self.averaged.update_parameters(self.stage.models)
        self.step += 1
        return {"loss": float(loss.detach()), "norm": float(norm), "rejected": self.rejected, **figures}

    def save(self) -> None:
        """Write the checkpoint (atomically), a sample picture and the curves."""
        state = {
            "models": self.stage.models.state_dict(),
            "averaged": self.averaged.module.state_dict(),
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
        self.averaged.module.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.averaged.n_averaged.fill_(1 + self.step)
        return True


@contextmanager
def _stop_on_signal() -> Iterator[Callable[[], bool]]:
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
