"""The hybrid codec's stage: the restoration generator, on what real encoders made of the scenes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.hybrid.conditions import STRIDE
from narrowcast.codec.hybrid.motion import MotionField
from narrowcast.codec.hybrid.restoration import Restoration, memory_of
from narrowcast.codec.layers import place
from narrowcast.codec.training.batches import Prefetcher, StepGenerators
from narrowcast.codec.training.coded_scenes import FRAMES, CodedStore
from narrowcast.codec.training.config import RestoreConfig
from narrowcast.codec.training.data import to_unit
from narrowcast.codec.training.moved_batch import moved_batch
from narrowcast.codec.training.pair_loss import PairLoss
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.stage import TrainingStage

MEMORY_DAMAGE_SHARE = 0.3
"""Of the samples: the memory is scaled and made noisy, so that errors do not build up over a long stream."""

KEYFRAME_SHARE = 0.1
"""Of the windows: they begin with the scene; the others anywhere in it."""

JUDGED = 2
"""Pictures at the end of a window that the loss is of."""


@dataclass(frozen=True, kw_only=True)
class SceneWindows:
    """A batch of windows of T consecutive pictures of coded scenes."""

    source: Tensor
    "[B, T, 3, H, W] in [0, 1]"
    base: Tensor
    "what the base layer made of it, likewise"
    conditions: Tensor
    "how each picture was coded, which the generator is conditioned on, [B, T, CONDITIONS]"
    fields: Tensor
    "motion between each base picture and the one before, from the second on, [B, T - 1, H, W, 2]"

    def to(self, device: str) -> SceneWindows:
        """Move to a device."""
        return SceneWindows(
            source=self.source.to(device),
            base=self.base.to(device),
            conditions=self.conditions.to(device),
            fields=self.fields.to(device),
        )


def draw_windows(store: CodedStore, crop: int, frames: int, generators: StepGenerators) -> SceneWindows:
    """Draw a batch of random windows, and find the motion in them as the receiver does."""
    pictures: list[NDArray[np.uint8]] = []
    coded_with: list[list[list[float]]] = []
    fields: list[list[NDArray[np.float32]]] = []
    motion = MotionField(crop, crop)
    for rng in generators.samples:
        scene = store.draw(rng)
        start = 0 if rng.random() < KEYFRAME_SHARE else int(rng.integers(FRAMES - frames + 1))
        both = np.ascontiguousarray(store.window(scene, start, frames, crop, rng))
        pictures.append(both)
        coded_with.append([scene.conditions(start + index) for index in range(frames)])
        fields.append([motion.between(now, before) for before, now in pairwise(both[1])])
    drawn = to_unit(np.stack(pictures))  # [B, 2, T, 3, H, W]
    return SceneWindows(
        source=drawn[:, 0],
        base=drawn[:, 1],
        conditions=torch.tensor(coded_with),
        fields=torch.from_numpy(np.stack([np.stack(each) for each in fields])),
    )


class RestoreStage(TrainingStage[SceneWindows]):
    """Loss: the parts of `PairLoss` on the last two pictures of windows, with the decoder's memory."""

    name = "restore"

    def __init__(self, config: RestoreConfig, processes: Processes, coded: Path) -> None:
        self.config = config
        self.pair_loss = PairLoss(config, 3 * STRIDE**2, processes)
        self.restoration = place(Restoration(config.generator), config.device)
        self.models = nn.ModuleDict(
            {"restoration": self.restoration, "discriminator": self.pair_loss.discriminator}
        )
        self.trained = list(self.restoration.parameters())
        self.optimizers = self.pair_loss.optimizers
        self.sizes = asdict(config.generator)
        store = CodedStore(coded)
        self.batches = Prefetcher(
            lambda generators: draw_windows(store, config.crop, config.frames, generators),
            seed=config.seed,
            batch=config.batch,
            rank=processes.rank,
            workers=config.workers,
        )

    def load(self, restore: dict[str, Tensor]) -> None:
        """Start from the averaged weights of another run of this stage."""
        self.models.load_state_dict(restore)

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Restore a batch of windows and return the loss and its parts."""
        config = self.config
        windows = self.batches.next().to(config.device)
        with torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bf16):
            painted = paint(self.restoration, windows, damage=True)
        out = torch.cat(painted[-JUDGED:]).contiguous(memory_format=torch.channels_last)
        source, base = windows.source[:, -JUDGED:], windows.base[:, -JUDGED:]
        rgb = torch.cat(source.unbind(1)).contiguous(memory_format=torch.channels_last)
        self.last = rgb, out.detach()
        condition = functional.pixel_unshuffle(base[:, -1], STRIDE)
        loss, figures = self.pair_loss(rgb, out, condition, progress)
        figures["mse_base"] = float((base - source).square().mean())
        return loss, figures

    def after_step(self) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the generator's."""
        return self.pair_loss.discriminator_step()


def paint(restoration: Restoration, windows: SceneWindows, *, damage: bool) -> list[Tensor]:
    """Run the generator over windows as the decoder does; return each picture, residual added, [B, 3, H, W].

    Args:
        restoration: the generator; the last JUDGED pictures have gradients, to this picture's residual only.
        windows: what to restore.
        damage: the memory of some windows, once before the pictures that are judged.
    """
    painted: list[Tensor] = []
    frames = windows.base.shape[1]
    first_judged = frames - JUDGED
    damaged = int(torch.randint(max(1, first_judged), ())) if damage else -1
    for index, base in enumerate(windows.base.unbind(1)):
        moved_base, memory = base, torch.zeros_like(base)
        if index > 0:
            last_base, last, field = (
                windows.base[:, index - 1],
                painted[-1].detach(),
                windows.fields[:, index - 1],
            )
            if index - 1 == damaged:
                last = last_base + _damaged(last - last_base)
            moved_base, memory = moved_batch(last_base, field), memory_of(base, moved_batch(last, field))
        with torch.set_grad_enabled(index >= first_judged and torch.is_grad_enabled()):
            gain = restoration.gain(windows.conditions[:, index])
            residual = restoration(base, moved_base, memory, gain).float()
        painted.append(base + residual)
    return painted


def _damaged(residual: Tensor) -> Tensor:
    """Scale the memory of some samples and add noise to it."""
    shape = len(residual), 1, 1, 1
    hit = (torch.rand(shape, device=residual.device) < MEMORY_DAMAGE_SHARE).float()
    scale = 1 + hit * (2 * torch.rand(shape, device=residual.device) - 1)
    return residual * scale + hit * 0.02 * torch.randn_like(residual)
