"""The stages of coding one frame with the learned codec, told to whoever measures them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Stage(Enum):
    """What the codec has just done."""

    COLOUR = "colour"
    "copies, padding, uint8 to float or back"
    ANALYSIS = "analysis"
    "picture to latents"
    EXACT = "exact"
    "predictor, quantiser and history: what both sides compute alike"
    ENTROPY = "entropy"
    "range coder"
    SYNTHESIS = "synthesis"
    "latents to picture"


OnStage = Callable[[Stage], None]
"""Called when a stage ends; a stage may come in several pieces."""


def ignore_stage(stage: Stage) -> None:
    """Measure nothing: what a codec does unless a benchmark asks."""
