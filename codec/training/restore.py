"""The hybrid codec's stage: the restoration generator, on what real encoders made of the scenes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from codec.hybrid.restoration import STRIDE, Restoration, conditions
from codec.layers import place
from codec.training.batches import Prefetcher, StepGenerators
from codec.training.coded_scenes import FRAMES, CodedStore
from codec.training.config import RestoreConfig
from codec.training.data import to_unit
from codec.training.pair_loss import PairLoss
from codec.training.processes import Processes
from codec.training.stage import TrainingStage

WINDOW = 3
"""Consecutive pictures a sample: one that only fills the memory, then the pair that the loss is of."""

MEMORY_DAMAGE_SHARE = 0.3
"""Of the samples: the memory is scaled and made noisy, so that errors do not build up over a long stream."""


@dataclass(frozen=True, kw_only=True)
class SceneWindows:
    """A batch of windows of coded scenes."""

    source: Tensor
    "[B, WINDOW, 3, H, W] in [0, 1]"
    base: Tensor
    "what the base layer made of it, likewise"
    conditions: Tensor
    "how each picture was coded, which the generator is conditioned on, [B, WINDOW, CONDITIONS]"

    def to(self, device: str) -> SceneWindows:
        """Move to a device."""
        return SceneWindows(
            source=self.source.to(device),
            base=self.base.to(device),
            conditions=self.conditions.to(device),
        )


def draw_windows(store: CodedStore, crop: int, generators: StepGenerators) -> SceneWindows:
    """Draw a batch of random windows."""
    pictures: list[NDArray[np.uint8]] = []
    coded_with: list[list[list[float]]] = []
    for rng in generators.samples:
        scene = store.draw(rng)
        start = int(rng.integers(FRAMES - WINDOW + 1))
        pictures.append(store.window(scene, start, WINDOW, crop, rng))
        detail = store.detail(scene, start)
        coded_with.append(
            [
                conditions(scene.format, scene.crf, scene.scale, keyframe=start + index == 0, detail=detail)
                for index in range(WINDOW)
            ]
        )
    both = to_unit(np.stack(pictures))
    return SceneWindows(source=both[:, 0], base=both[:, 1], conditions=torch.tensor(coded_with))


class RestoreStage(TrainingStage[SceneWindows]):
    """Loss: MSE + perceptual + adversarial + temporal, on two consecutive pictures with memory."""

    name = "restore"

    def __init__(self, config: RestoreConfig, processes: Processes, coded: Path) -> None:
        self.config = config
        self.pair_loss = PairLoss(config, 3 * STRIDE**2, processes)
        self.restoration = place(Restoration(config.model), config.device)
        self.models = nn.ModuleDict(
            {"restoration": self.restoration, "discriminator": self.pair_loss.discriminator}
        )
        self.trained = list(self.restoration.parameters())
        store = CodedStore(coded)
        self.batches = Prefetcher(
            lambda generators: draw_windows(store, config.crop, generators),
            seed=config.seed,
            batch=config.batch,
            rank=processes.rank,
        )

    def load(self, restore: dict[str, Tensor]) -> None:
        """Start from the averaged weights of another run of this stage."""
        self.models.load_state_dict(restore)

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Restore a batch of windows and return the loss and its parts."""
        config = self.config
        windows = self.batches.next().to(config.device)
        source, base = windows.source, windows.base
        with torch.autocast(config.device.split(":")[0], torch.bfloat16, enabled=config.bf16):
            pictures = self._restore(base, windows.conditions)
        out = torch.cat(pictures).contiguous(memory_format=torch.channels_last)
        rgb = torch.cat([source[:, 1], source[:, 2]]).contiguous(memory_format=torch.channels_last)
        self.last = rgb, out.detach()
        condition = functional.pixel_unshuffle(base[:, 2], STRIDE)
        loss, figures = self.pair_loss(rgb, out, condition, progress)
        figures["mse_base"] = float((base[:, 1:] - source[:, 1:]).square().mean())
        return loss, figures

    def _restore(self, base: Tensor, conditions: Tensor) -> list[Tensor]:
        """Run the window [B, T, 3, H, W]; return the last two pictures."""
        network = self.restoration
        previous_base, previous_residual = base[:, 0], torch.zeros_like(base[:, 0])
        pictures: list[Tensor] = []
        for index in range(WINDOW):
            gain = network.gain(conditions[:, index])
            with torch.set_grad_enabled(index > 0):
                residual = network(base[:, index], previous_base, previous_residual, gain).float()
            pictures.append(base[:, index] + residual)
            previous_base, previous_residual = base[:, index], residual.detach()
            if index == 0:
                previous_residual = _damaged(previous_residual)
        return pictures[1:]

    def after_step(self) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the generator's."""
        return self.pair_loss.discriminator_step()


def _damaged(residual: Tensor) -> Tensor:
    """Scale the memory of some samples and add noise to it."""
    shape = len(residual), 1, 1, 1
    hit = (torch.rand(shape, device=residual.device) < MEMORY_DAMAGE_SHARE).float()
    scale = 1 + hit * (2 * torch.rand(shape, device=residual.device) - 1)
    return residual * scale + hit * 0.02 * torch.randn_like(residual)
