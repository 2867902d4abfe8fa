"""What every picture metric offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from codec import Rgb


class Metric(Protocol):
    """Scores pictures against one reference of the same size."""

    def __call__(self, reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
        """Return one score a candidate."""
        ...


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """What tables, plots and BD-rate have to know about a metric."""

    name: str
    "as on the command line and in JSON"
    label: str
    "as in tables and plots"
    higher_is_better: bool
    "whether the best picture has the largest score"
    decimals: int
    "digits that mean something"
    load: Callable[[Path | None, torch.device], Metric]
    "makes it from the folder of weights; WeightsMissingError where that lacks what it needs"
    min_side: int = 64
    "pixels that pictures need each way"
    costly: bool = False
    "looks through VGG16, which takes a second a picture on two cores"
