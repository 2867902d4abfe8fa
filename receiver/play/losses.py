"""What is lost of a recording: its damaged stretches, with the times between which nothing can be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrowcast.receiver.recording.payload_file import Damage, Located
from narrowcast.receiver.recording.payload_index import FPS
from narrowcast.receiver.recording.payload_records import FrameRecord
from narrowcast.receiver.recording.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A stretch of time of which nothing can be shown."""

    from_us: int
    "the last frame before it, from the recording's first frame on"
    until_us: int | None
    "the frame with which it goes on; None where the recording ends with it"
    first_byte: int
    "of the file: where the damage begins"
    lost_bytes: int
    "that hold no whole record"
    frames: int
    "whole ones that cannot be decoded, because they build on lost ones"
    reason: str
    "a few words"
    where: str = ""
    "for people, where it lies in no file; empty: at its first byte"

    def text(self) -> str:
        """One line for people."""
        where = self.where or f"at byte {self.first_byte}"
        what = f"{self.reason}, {self.lost_bytes} bytes cannot be used"
        if self.until_us is None:
            return (
                f"the recording stops behind {clock_text(self.from_us)}, {where}: "
                f"{self.reason} ({self.lost_bytes} bytes are left over)"
            )
        return (
            f"lost from {clock_text(self.from_us)} to {clock_text(self.until_us)}, "
            f"{where}: {what}, nor {self.frames} frames behind them"
        )


@dataclass(frozen=True, kw_only=True)
class DatedFrame:
    """A frame, with its place in the recording."""

    record: FrameRecord
    "as it was written"
    first_byte: int
    "of the file"
    time_us: int
    "from the recording's first frame on"
    usable: bool
    "False between a hole and the next keyframe"
    loss: Loss | None
    "that ends with this frame"


class FrameDater:
    """Gives each frame its time and follows what is lost, the same for all who read a recording."""

    def __init__(self, start_us: int = 0) -> None:
        """Begin with an entry point at `start_us`."""
        self.time_us = start_us
        "of the last frame"
        self._timeline = Timeline(FPS, start_us)
        self._pending: Loss | None = None

    def damaged(self, damage: Damage) -> None:
        """Take note of a stretch without a whole record."""
        lost_bytes = damage.end_byte - damage.first_byte
        if self._pending is None:
            self._pending = Loss(
                from_us=self.time_us,
                until_us=None,
                first_byte=damage.first_byte,
                lost_bytes=lost_bytes,
                frames=0,
                reason=damage.reason,
                where=damage.where,
            )
        else:
            self._pending = replace(self._pending, lost_bytes=self._pending.lost_bytes + lost_bytes)

    def frame(self, record: FrameRecord, found: Located) -> DatedFrame:
        """Date a frame of the file, the next in order."""
        placed_us = self._timeline.place(record.capture_sender_us)
        time_us = placed_us if record.time_us is None else record.time_us
        usable, loss = self._pending is None or record.keyframe, None
        if self._pending is not None and usable:
            loss, self._pending = replace(self._pending, until_us=time_us), None
        elif self._pending is not None:
            self._pending = replace(self._pending, frames=self._pending.frames + 1)
        if usable:
            self.time_us = time_us
        return DatedFrame(
            record=record, first_byte=found.first_byte, time_us=time_us, usable=usable, loss=loss
        )

    def finish(self) -> Loss | None:
        """What is lost at the end of the file, if something is."""
        return self._pending


def clock_text(time_us: int) -> str:
    """A time as 1:02:03.4."""
    tenths = time_us // 100_000
    return f"{tenths // 36000}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}.{tenths % 10}"
