"""An encoder that now and then puts a bomb in a picture's place."""

from __future__ import annotations

from narrowcast.codec.api import BitBudget, EncodedFrame, Encoder, Rgb


class BombingEncoder:
    """Codes as another encoder does; each so many pictures it hands out a bomb instead."""

    def __init__(self, inner: Encoder, bomb: bytes, every: int) -> None:
        self._inner = inner
        self._bomb = bomb
        self._every = every
        self._count = 0
        self.bombs = 0
        "sent so far"

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """Code a picture; see codec.api.Encoder.encode."""
        self._count += 1
        if self._count % self._every == 0:
            self.bombs += 1
            return EncodedFrame(payload=self._bomb, keyframe=True)
        return self._inner.encode(rgb, quality=quality, keyframe=keyframe, droppable=droppable, budget=budget)
