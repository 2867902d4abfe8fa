"""Coded frames on their way out, in parts, each held back until the cap has room for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from protocol.rate.wire_cap import WireCap
from protocol.session.receiver_state import FrameInFlight
from protocol.wire.messages import FrameMessage, FramePart
from protocol.wire.sizes import frame_wire_bytes


@dataclass(frozen=True, kw_only=True)
class PacedPart:
    """One message that holds a frame or a piece of it, for one receiver."""

    peer: bytes
    "ROUTER identity"
    message: FrameMessage | FramePart
    "what is to be sent"
    flight: FrameInFlight
    "where its times are noted"
    last: bool
    "nothing of the frame follows"


class FramePacer:
    """First in, first out; nothing waits where there is no cap."""

    def __init__(self, cap: WireCap, *, keys: bool) -> None:
        """Pace under `cap`, with or without keys."""
        self._cap = cap
        self._keys = keys
        self._waiting: deque[PacedPart] = deque()

    @property
    def idle(self) -> bool:
        """Everything has been handed over."""
        return not self._waiting

    def put(self, peer: bytes, flight: FrameInFlight, parts: list[FrameMessage | FramePart]) -> None:
        """Queue the messages of one frame for one receiver."""
        for number, message in enumerate(parts, start=1):
            self._waiting.append(
                PacedPart(peer=peer, message=message, flight=flight, last=number == len(parts))
            )

    def due(self, now_us: int) -> list[PacedPart]:
        """Hand over what may go out now, and count it against the cap."""
        due = []
        while self._waiting and self.ready_us(now_us) <= now_us:
            part = self._waiting.popleft()
            self._cap.note(self._wire_bytes(part), now_us, frame=True)
            if part.flight.first_us is None:
                part.flight.first_us = now_us
            if part.last:
                part.flight.last_us = now_us
            due.append(part)
        return due

    def ready_us(self, now_us: int) -> int:
        """When the next message may go out; only while something waits."""
        return self._cap.ready_us(self._wire_bytes(self._waiting[0]), now_us)

    def forget(self, peer: bytes) -> None:
        """Throw away what waits for one receiver."""
        self._waiting = deque(part for part in self._waiting if part.peer != peer)

    def _wire_bytes(self, part: PacedPart) -> int:
        return frame_wire_bytes(len(part.message.payload), keys=self._keys)
