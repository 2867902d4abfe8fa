"""The stages of coding one frame with a learned codec, told to whoever measures them."""

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
    "predictor, quantiser and history: what both sides compute alike"
    ENTROPY = "entropy"
    "range coder"
    BASE = "base"
    "the hybrid codec's video encoder or decoder, with its own colours"
    SYNTHESIS = "synthesis"
    "latents to picture, or base picture to restored one"


OnStage = Callable[[CodingStage], None]
"""Called when a stage ends; a stage may come in several pieces."""


class Staged(Protocol):
    """An encoder or decoder that can be looked into."""

    on_stage: OnStage
    "told of every stage when it ends"


def ignore_stage(stage: CodingStage) -> None:
    """Measure nothing: what a codec does unless a benchmark asks."""
