"""The frames that the server has not acknowledged: kept for ten seconds, to be sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RING_US = 10_000_000
"How long a server may be away without a loss."
MAX_RING_BYTES = 64 * 1024 * 1024
"A picture of 32 MiB may wait, ten seconds of them may not."


@dataclass(kw_only=True, eq=False)
class WaitingFrame:
    """A frame on its way into the server."""

    number: int
    "counts the camera's frames"
    subject: str
    message_id: str
    "EPOCH:SEQUENCE, by which the server knows a frame that it has already"
    data: bytes
    keyframe: bool
    kept_us: int
    "our clock, when it was put here"
    lost: bool = False
    "it was given up: what is queued of it is not sent any more"


class Ring:
    """The unacknowledged frames of one camera, oldest first."""

    def __init__(self) -> None:
        self.frames_lost = 0
        "given up, because the server was away or silent for too long"
        self._entries: dict[int, WaitingFrame] = {}
        self._bytes = 0
        self._number = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[WaitingFrame]:
        return iter(tuple(self._entries.values()))

    def put(self, subject: str, message_id: str, data: bytes, *, keyframe: bool, now_us: int) -> WaitingFrame:
        """Keep a frame until it is acknowledged."""
        self._number += 1
        entry = WaitingFrame(
            number=self._number,
            subject=subject,
            message_id=message_id,
            data=data,
            keyframe=keyframe,
            kept_us=now_us,
        )
        self._entries[entry.number] = entry
        self._bytes += len(data)
        return entry

    def acknowledged(self, number: int) -> bool:
        """Let go of a frame that the server has, or has refused for good; False where it was not here."""
        entry = self._entries.pop(number, None)
        if entry is None:
            return False
        self._bytes -= len(entry.data)
        return True

    def expire(self, now_us: int) -> int:
        """Give up what is too old, and what nobody could decode without it; returns how many frames."""
        given_up = 0
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if now_us - oldest.kept_us <= RING_US and self._bytes <= MAX_RING_BYTES:
                break
            given_up += self._give_up_chain(oldest)
        self.frames_lost += given_up
        return given_up

    def clear(self) -> None:
        """Give up everything: another relay has the camera."""
        for entry in self._entries.values():
            entry.lost = True
        self._entries.clear()
        self._bytes = 0

    def _give_up_chain(self, entry: WaitingFrame) -> int:
        """Drop an entry and those behind it, up to the next keyframe."""
        count = 0
        for each in tuple(self._entries.values()):
            if each is not entry and each.keyframe:
                break
            each.lost = True
            self.acknowledged(each.number)
            count += 1
        return count
