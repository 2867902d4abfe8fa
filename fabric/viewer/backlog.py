"""The frames that a viewer has and has not decoded yet: in order, without holes, and never long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from narrowcast.fabric.records import ChainCheck, FabricFrame
from narrowcast.receiver.recording.payload_records import FrameRecord, StreamRecord

FOLLOW_BEHIND = 3
"With more frames waiting behind it, a frame is followed by the decoder and not painted: newer ones are here."
SKIP_BEHIND = 3
"With more frames waiting, those in front of the newest keyframe are left out."
MAX_WAITING = 1500
"A minute and a half at 15 a second: a decoder that is so far behind has stopped."
MAX_WAITING_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class NextFrame:
    """A frame for the decoder."""

    frame: FrameRecord
    stream: StreamRecord
    "what it is a frame of"
    wanted: bool
    "its picture is to be shown; otherwise newer ones are here"


class Backlog:
    """Takes messages as they come, repeated ones and those with holes before them too."""

    def __init__(self) -> None:
        self.missed = 0
        "frames that were left out since the last look, because this viewer was behind"
        self._chain = ChainCheck()
        self._stream: StreamRecord | None = None
        self._waiting: deque[tuple[FabricFrame, StreamRecord]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether frames are left out until a keyframe comes."""
        return self._chain.broken

    def put(self, message: FabricFrame) -> bool:
        """Take a message; False where it is of no use: it came before, or builds on one that did not come."""
        if not self._chain.take(message):
            return False
        self._stream = message.stream or self._stream
        assert self._stream is not None, "a chain begins with a keyframe, which brings its stream"
        self._waiting.append((message, self._stream))
        self._bytes += message.size
        if len(self._waiting) > MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            self._drop(len(self._waiting))
            self._chain.lose()
        return True

    def take(self) -> NextFrame | None:
        """Hand over the next frame; None where none waits."""
        if len(self._waiting) > SKIP_BEHIND:
            self._skip()
        if not self._waiting:
            return None
        message, stream = self._waiting.popleft()
        self._bytes -= message.size
        wanted = len(self._waiting) <= FOLLOW_BEHIND
        return NextFrame(frame=message.frame, stream=stream, wanted=wanted)

    def lose(self) -> None:
        """Leave out everything before the next keyframe: the decoder's state is gone, or far behind."""
        while self._waiting and not self._waiting[0][0].keyframe:
            self._drop(1)
        if not self._waiting:
            self._chain.lose()

    def _skip(self) -> None:
        """Leave out what lies before the newest keyframe."""
        newest = next(
            (place for place in range(len(self._waiting) - 1, 0, -1) if self._waiting[place][0].keyframe), 0
        )
        self._drop(newest)

    def _drop(self, count: int) -> None:
        for _ in range(count):
            message, _ = self._waiting.popleft()
            self._bytes -= message.size
            self.missed += 1
