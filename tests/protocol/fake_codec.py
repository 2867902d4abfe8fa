"""Codecs without pictures for the simulator: payloads of a lifelike size that build on one another."""

from __future__ import annotations

import random

from narrowcast.protocol.rate.rate_quality import RateQualityController
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.wire.messages import FrameMessage


class FakeEncoder:
    """Codes a picture as its number, the number it builds on, and padding of a lifelike size."""

    encode_us = 0

    def __init__(self, keyframe_bytes: int = 4000, inter_bytes: int = 400) -> None:
        self.keyframe_bytes = keyframe_bytes
        self.inter_bytes = inter_bytes
        self._number = 0
        self._reference = 0

    def encode(self, grant: FrameGrant, capture_sender_us: int, *, droppable: bool = False) -> FrameMessage:
        keyframe = grant.keyframe
        self._number += 1
        reference = 0 if keyframe else self._reference
        if not droppable:
            self._reference = self._number
        text = f"{self._number} {reference} {int(droppable)} ".encode()
        quality = self.choose(keyframe, grant.payload_bytes)
        size = self.size(keyframe, quality)
        self.learn(size, quality, keyframe)
        return grant.frame(
            payload=text.ljust(size, b"."),
            keyframe=keyframe,
            droppable=droppable,
            capture_sender_us=capture_sender_us,
            quality=quality,
            encode_us=self.encode_us,
        )

    def choose(self, keyframe: bool, payload_bytes: float | None) -> float:
        return 0.5

    def size(self, keyframe: bool, quality: float) -> int:
        return self.keyframe_bytes if keyframe else self.inter_bytes

    def learn(self, size: int, quality: float, keyframe: bool) -> None:
        """Sizes are what they are."""


class SceneEncoder(FakeEncoder):
    """Sizes grow with quality and with what happens in the scene, as those of the real codec do."""

    encode_us = 25_000

    def __init__(self, *, max_quality: float = 1.0, activity: float = 1.0, mood: float = 0.0) -> None:
        super().__init__(keyframe_bytes=2100, inter_bytes=430)
        self.activity = activity
        self.qualities: list[float] = []
        self._controller = RateQualityController(max_quality=max_quality)
        self._random = random.Random(1)
        self._mood_step = mood
        self._mood = 0.0

    def choose(self, keyframe: bool, payload_bytes: float | None) -> float:
        return self._controller.next_quality(keyframe=keyframe, payload_bytes=payload_bytes)

    def size(self, keyframe: bool, quality: float) -> int:
        """What happens in the scene may wander, and each frame's noise comes on top."""
        self._mood = 0.95 * self._mood + self._random.gauss(0.0, self._mood_step)
        noise_octaves = self._mood + self._random.gauss(0.0, 0.15)
        if keyframe:
            return round(self.keyframe_bytes * 2 ** (3.1 * quality))
        return round(self.inter_bytes * self.activity * 2 ** (3.5 * quality + noise_octaves))

    def learn(self, size: int, quality: float, keyframe: bool) -> None:
        self._controller.frame_coded(payload_bytes=size, quality=quality, keyframe=keyframe)
        if not keyframe:
            self.qualities.append(quality)


class FakeDecoder:
    """Refuses a picture that builds on another than the one it holds, as the real one does."""

    def __init__(self) -> None:
        self.state = -1

    def decode(self, payload: bytes) -> int:
        number, reference, droppable = (int(word) for word in payload.split()[:3])
        if reference not in (0, self.state):
            raise ValueError(f"{number} builds on {reference}, the decoder holds {self.state}")
        if not droppable:
            self.state = number
        return number
