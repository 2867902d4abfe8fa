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

from narrowcast.codec.training.checkpoints import CHECKPOINT, load_checkpoint
from narrowcast.codec.training.config import StageConfig
from narrowcast.codec.training.curves import LOG, draw_curves
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.stage import TrainingStage

LOG_STEPS = 20
"""Steps between two records of the log, which are means over so many."""

MAX_STEPS, MAX_PROCESSES = 1 << 32, 1 << 10
"""More than any run has: so no two steps of any run have the same seed."""

Tensors = tuple[Tensor, ...] | list[Tensor]


def learning_rate(config: StageConfig, step: int, progress: float) -> float:
    """Return the rate of a step: linear warm-up by steps, constant, then half a cosine to zero."""
    warm = min(1.0, (step + 1) / config.warmup_steps)
    falling = max(0.0, progress - config.constant_share) / (1 - config.constant_share)
    return config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, falling)))


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
            stage.trained, lr=config.learning_rate, betas=config.betas, weight_decay=1e-4
        )
        # Buffers (the vectors of the discriminator's spectral norm) are copied, not averaged.
        self.averaged = AveragedModel(stage.models, multi_avg_fn=warmed_up_ema(config.ema_decay))
        self.averaged.requires_grad_(False)
        self.averaged.update_parameters(stage.models)  # the first update only copies
        self.step = 0
        self.elapsed_s = 0.0
        self.rejected = 0
        config.run_dir.mkdir(parents=True, exist_ok=True)

    @property
    def progress(self) -> float:
        """Share of the stage that is over, by its steps where they are given, else by its minutes."""
        by_time = self.elapsed_s / (60 * self.config.minutes)
        return min(1.0, by_time if self.config.steps is None else self.step / self.config.steps)

    @property
    def finished(self) -> bool:
        """Whether the stage has had its minutes or its steps."""
        return self.progress >= 1 or self.elapsed_s >= 60 * self.config.minutes

    def run(self) -> None:
        """Train until the minutes or steps are over or Ctrl-C; always leaves a checkpoint."""
        saved_s = last_s = time.monotonic()
        recorded: dict[str, list[float]] = {}
        log = (self.config.run_dir / LOG).open("a")
        bar = tqdm(
            desc=self.stage.name,
            unit="step",
            total=self.config.steps,
            initial=self.step,
            disable=self.processes.rank > 0,
            mininterval=5,
        )
        with _stop_on_signal() as stopping, log, closing(self.stage):
            while not self.finished and not self.processes.any_true(stopping()):
                for name, figure in self._one_step(self.progress).items():
                    recorded.setdefault(name, []).append(figure)
                now_s = time.monotonic()
                self.elapsed_s = self.processes.of_first(self.elapsed_s + now_s - last_s)
                last_s = now_s
                bar.update()
                if self.step % LOG_STEPS == 0 and self.processes.rank == 0:
                    figures = {name: sum(values) / len(values) for name, values in recorded.items()}
                    recorded.clear()
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
        # Each step draws noise of its own, in each process another; a run that goes on draws it again.
        seed = (self.config.seed * MAX_STEPS + self.step) * MAX_PROCESSES + self.processes.rank
        torch.manual_seed(seed % (1 << 63))
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
            "optimizers": {name: each.state_dict() for name, each in self.stage.optimizers.items()},
            "sizes": dict(self.stage.sizes),
            "rejected": self.rejected,
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        path = self.config.run_dir / CHECKPOINT
        torch.save(state, path.with_suffix(".tmp"))
        os.replace(path.with_suffix(".tmp"), path)
        self.stage.sample(self.config.run_dir / f"sample-{self.step:07d}.png")
        draw_curves(self.config.run_dir)

    def resume(self) -> bool:
        """Load the stage's own checkpoint, to go on as if it had not stopped; False where there is none."""
        if not (self.config.run_dir / CHECKPOINT).exists():
            return False
        state = load_checkpoint(self.config.run_dir)
        self.stage.models.load_state_dict(state["models"])
        self.averaged.module.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        for name, optimizer in self.stage.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.step, self.elapsed_s, self.rejected = state["step"], state["elapsed_s"], state["rejected"]
        self.stage.batches.first_step = self.step
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
