"""What stages have in common: the sheet of samples, and closing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from narrowcast.codec.training.batches import Prefetcher
from narrowcast.codec.training.stage import SHEET_COLUMNS, TrainingStage


class EmptyStage(TrainingStage[int]):
    """A stage without a network."""

    name = "empty"

    def __init__(self) -> None:
        self.batches = Prefetcher(lambda generators: 7, seed=0, batch=1)

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        return torch.tensor(float(self.batches.next())), {}


def test_a_sheet_shows_sources_above_reconstructions(tmp_path: Path) -> None:
    stage = EmptyStage()
    stage.sample(tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
    red = torch.zeros(SHEET_COLUMNS + 2, 3, 8, 10)
    red[:, 0] = 1
    stage.last = red, red.flip(1) * 2  # blue, and out of range
    stage.sample(tmp_path / "sheet.png")
    stage.close()
    picture = cv2.imread(str(tmp_path / "sheet.png"))
    assert picture is not None and picture.shape == (16, 10 * SHEET_COLUMNS, 3)
    assert np.all(picture[:8] == (0, 0, 255)) and np.all(picture[8:] == (255, 0, 0))


def test_nothing_follows_a_step_unless_a_stage_says_so() -> None:
    stage = EmptyStage()
    assert float(stage.loss(0.0)[0]) == 7
    assert stage.after_step() == {}
    stage.close()
