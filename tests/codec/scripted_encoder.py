"""An encoder whose frames are what a function says, for tests of what is made of costs and keyframes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from narrowcast.codec.api import BitBudget, EncodedFrame, Rgb


class ScriptedEncoder:
    """Asks `code` for each frame: it takes the picture and whether a keyframe is due."""

    def __init__(self, code: Callable[[Rgb, bool], EncodedFrame]) -> None:
        self._code = code
        self.calls = 0

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """One frame."""
        self.calls += 1
        return replace(self._code(rgb, keyframe), droppable=droppable)
