"""The frames since the last keyframe: each receiver of a gateway begins there, and goes on at its pace."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.fabric.records import ChainCheck, FabricFrame
from narrowcast.receiver.recording.payload_records import FrameRecord, StreamRecord

MAX_FRAMES = 60_000
"An hour of them; a camera that gives no keyframe for longer is waited for."
MAX_BYTES = 256 * 1024 * 1024


@dataclass(kw_only=True)
class Cursor:
    """How far one receiver has got."""

    generation: int = -1
    "which keyframe it began with"
    place: int = 0
    "of its next frame behind that"


class FrameChain:
    """What the camera gave since its last keyframe."""

    def __init__(self) -> None:
        self.stream: StreamRecord | None = None
        "what the frames are; None before the first keyframe"
        self._check = ChainCheck()
        self._frames: list[FrameRecord] = []
        self._generation = 0
        self._bytes = 0

    def put(self, message: FabricFrame) -> bool:
        """Take a message; False where it is of no use."""
        if not self._check.take(message):
            return False
        if message.stream is not None:
            self.stream = message.stream
            self._frames.clear()
            self._generation += 1
            self._bytes = 0
        if len(self._frames) < MAX_FRAMES and self._bytes < MAX_BYTES:
            self._frames.append(message.frame)
            self._bytes += message.size
        else:
            self._check.lose()
        return True

    def next_frame(self, cursor: Cursor, *, keyframe: bool) -> FrameRecord | None:
        """The next frame for a receiver; None where none waits.

        One that is behind goes on at the newest keyframe. With `keyframe`, nothing else is of use to it.
        """
        place = cursor.place if cursor.generation == self._generation else 0
        if place >= len(self._frames) or (keyframe and place > 0):
            return None
        return self._frames[place]

    def taken(self, cursor: Cursor) -> None:
        """Note that the receiver has the frame that `next_frame` gave."""
        if cursor.generation != self._generation:
            cursor.generation, cursor.place = self._generation, 0
        cursor.place += 1
