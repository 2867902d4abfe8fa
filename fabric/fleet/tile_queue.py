"""The frames of one camera that a tile waits for: all that its newest picture builds on, and no more."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from narrowcast.fabric.records import ChainCheck, FabricFrame
from narrowcast.receiver.recording.payload_records import FrameRecord, StreamRecord

BEHIND_US = 5_000_000
"Of the stream's own time: a worker with more of it before it goes on at the next keyframe."
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Frames for the decoder, in order."""

    stream: StreamRecord
    "what they are frames of"
    frames: tuple[FrameRecord, ...]
    "the picture of the last one is wanted"


class TileQueue:
    """Takes messages as they come, repeated ones and those with holes before them too."""

    def __init__(self) -> None:
        self.came = self.skipped = 0
        "frames since the start: that came, and that were left out because a keyframe took their place"
        self._chain = ChainCheck()
        self._stream: StreamRecord | None = None
        self._frames: deque[FrameRecord] = deque()
        self._bytes = 0
        self.newest: FrameRecord | None = None
        "that came, decoded or not"

    def put(self, message: FabricFrame) -> None:
        """Take a message; a keyframe takes the place of everything before it."""
        if not self._chain.take(message):
            return
        self.came += 1
        self.newest = message.frame
        if message.stream is not None:
            self._drop_all()
            self._stream = message.stream
        self._frames.append(message.frame)
        self._bytes += message.size
        if self._bytes > MAX_BYTES:
            self.lose()

    def take(self) -> Waiting | None:
        """Hand over what waits; None where nothing does.

        Where that is too much, the keyframe in front alone, and then nothing before the next one.
        """
        if not self._frames or self._stream is None:
            return None
        frames = tuple(self._frames)
        span_us = (frames[-1].time_us or 0) - (frames[0].time_us or 0)
        if span_us > BEHIND_US:
            frames = frames[:1] if frames[0].keyframe else ()
            self._frames.popleft() if frames else None
            self.lose()
        else:
            self._frames.clear()
            self._bytes = 0
        return Waiting(stream=self._stream, frames=frames) if frames else None

    def lose(self) -> None:
        """Take nothing before the next keyframe: the decoder's state is gone, or too far behind."""
        self._drop_all()
        self._chain.lose()

    def _drop_all(self) -> None:
        self.skipped += len(self._frames)
        self._frames.clear()
        self._bytes = 0
