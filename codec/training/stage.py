"""What a stage of training brings to the loop of trainer.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Generic

import cv2
import torch
from torch import Tensor, nn

from narrowcast.codec.training.batches import Batch, Prefetcher

SHEET_COLUMNS = 6
"""Pictures of a batch in a sample sheet."""


class TrainingStage(ABC, Generic[Batch]):
    """One stage: its networks, its batches and its loss."""

    name: str
    models: nn.ModuleDict
    "everything that a checkpoint keeps"
    trained: list[nn.Parameter]
    "what the optimiser moves"
    batches: Prefetcher[Batch]
    "made ahead of the loop"
    optimizers: Mapping[str, torch.optim.Optimizer] = MappingProxyType({})
    "those of the stage's own, beside the loop's, by name; a checkpoint keeps them"
    sizes: Mapping[str, int] = MappingProxyType({})
    "of the network that the stage makes, as its config's fields; a checkpoint tells them to who exports it"
    last: tuple[Tensor, Tensor] | None = None
    "sources and reconstructions of the last batch, [B, 3, H, W]; None where there are none yet"

    @abstractmethod
    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Take the next batch and return (loss, figures to log); progress runs from 0 to 1."""

    def after_step(self) -> dict[str, float]:
        """Do what follows the optimiser's step (a discriminator's own step); return figures to log."""
        return {}

    def sample(self, path: Path) -> None:
        """Write pictures of the last batch, if there are any, as a PNG: sources above reconstructions."""
        if self.last is None:
            return
        rows = [torch.cat(list(pictures[:SHEET_COLUMNS]), dim=2) for pictures in self.last]
        sheet = torch.cat(rows, dim=1).clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
        cv2.imwrite(str(path), sheet[:, :, ::-1])

    def close(self) -> None:
        """Stop the thread that makes batches."""
        self.batches.close()
