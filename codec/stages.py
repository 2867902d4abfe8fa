"""The stages of coding one frame with the latent or the hybrid codec, for benchmarks that time them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol


class CodingStage(Enum):
    """What the codec has just done."""

    COLOUR = "colour"
    "copies, padding, uint8 to float or back"
    ANALYSIS = "analysis"
    "picture to latents"
    SCENE = "scene"
    "on the sender: what stands still, whether it is a cut, whether the frame is worth its bits"
    EXACT = "exact"
    "predictor, quantiser and reference state: what both sides compute alike"
    ENTROPY = "entropy"
    "range coder"
    BASE = "base"
    "the hybrid codec's video encoder or decoder, with its own colours"
    SYNTHESIS = "synthesis"
    "latents to picture, or base picture to restored one"


OnStage = Callable[[CodingStage], None]
"""Called when a stage ends; a stage may end several times a frame, where it comes in several parts."""


class Staged(Protocol):
    """An encoder or decoder whose stages can be timed."""

    on_stage: OnStage
    "called when a stage ends"


def ignore_stage(stage: CodingStage) -> None:
    """Measure nothing: what a codec does unless a benchmark asks."""
