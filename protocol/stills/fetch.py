"""The receiver's side of stills: requests one at a time, and puts its slices together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from narrowcast.protocol.wire.fields import MAX_PAYLOAD_BYTES
from narrowcast.protocol.wire.messages import StillPart, StillRequest
from narrowcast.text import printable

CREDIT_BYTES = 256 * 1024
"What a sender may have on its way; it keeps to much less on a thin link."

PATIENCE_US = 10_000_000
"Without a slice for this long, what was on its way counts as lost and is requested again."

MAX_TRIES = 3
"Requests without an answer, one after the other; an older sender does not know the message."

PAUSE_US = 250_000
"Between two stills: a sender refuses requests that come faster."

MAX_WAITING = 4
"Stills that wait for their turn."


@dataclass(frozen=True, kw_only=True)
class StillArrived:
    """The exact picture behind a frame has come."""

    sequence: int
    "of the frame"
    png: bytes
    "the file as the sender made it; not decoded or checked yet"


@dataclass(frozen=True, kw_only=True)
class StillFailed:
    """The exact picture behind a frame will not come."""

    sequence: int
    "of the frame"
    reason: str
    "one line"


@dataclass(frozen=True, kw_only=True)
class StillProgress:
    """How far a still is."""

    sequence: int
    "of the frame"
    received_bytes: int
    "so far"
    total_bytes: int
    "of the file; 0 while unknown"


class StillFetch:
    """Fetches stills. It lives as long as the session: a still is resumed when the link comes back."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()
        self._sequence: int | None = None
        self._epoch: int | None = None
        self._data = bytearray()
        self._total_bytes = 0
        self._due_us = 0
        self._renew = False
        self._lost = False
        self._tries = 0
        self._ended_us: int | None = None

    @property
    def progress(self) -> StillProgress | None:
        """How much of the current still has come; None where none is being fetched."""
        if self._sequence is None:
            return None
        return StillProgress(
            sequence=self._sequence, received_bytes=len(self._data), total_bytes=self._total_bytes
        )

    def want(self, sequence: int) -> StillFailed | None:
        """Fetch the exact picture behind a frame, after those that are wanted already."""
        if sequence == self._sequence or sequence in self._waiting:
            return None
        if len(self._waiting) >= MAX_WAITING:
            return StillFailed(sequence=sequence, reason=f"{MAX_WAITING} others wait for their turn")
        self._waiting.append(sequence)
        return None

    def linked(self, epoch: int) -> list[StillFailed]:
        """Resume when there is a link again; returns the stills lost with a sender that was started anew."""
        failed: list[StillFailed] = []
        if self._epoch not in (None, epoch):
            wanted = [*([] if self._sequence is None else [self._sequence]), *self._waiting]
            failed = [StillFailed(sequence=each, reason="the sender was started anew") for each in wanted]
            self._sequence = None
            self._waiting.clear()
        self._epoch = epoch
        if self._sequence is not None:
            self._renew = self._lost = True
        return failed

    def due_request(self, now_us: int) -> StillRequest | None:
        """The request to send now, if one is due; call it only while there is a link."""
        if self._sequence is None and not self._begin(now_us):
            return None
        assert self._sequence is not None
        if not self._renew and now_us >= self._due_us:
            self._renew = self._lost = True
            self._tries += 1
        if not self._renew or self._tries > MAX_TRIES:
            return None
        self._due_us = now_us + PATIENCE_US
        again, self._lost, self._renew = self._lost, False, False
        return StillRequest(
            sequence=self._sequence, offset=len(self._data), credit_bytes=CREDIT_BYTES, again=again
        )

    def expired(self, now_us: int) -> StillFailed | None:
        """The failure of the current still, once, when the sender has answered none of the tries."""
        if self._sequence is None or self._tries <= MAX_TRIES:
            return None
        return self._fail(now_us, "the sender does not answer; it may be of an older version")

    def add(self, part: StillPart, now_us: int) -> StillArrived | StillFailed | None:
        """Take a slice; returns the still when it is whole, or its failure."""
        if part.sequence != self._sequence:
            return None
        if part.total_bytes == 0:
            return self._fail(now_us, printable(part.reason, 300) or "the sender gave no reason")
        if part.total_bytes > MAX_PAYLOAD_BYTES or self._total_bytes not in (0, part.total_bytes):
            return self._fail(now_us, f"the sender speaks of {part.total_bytes} bytes")
        if part.offset != len(self._data) or part.offset + len(part.payload) > part.total_bytes:
            return None  # of a try that was given up
        self._total_bytes = part.total_bytes
        self._data += part.payload
        self._tries = 0
        self._renew = True
        if len(self._data) < part.total_bytes:
            return None
        arrived = StillArrived(sequence=part.sequence, png=bytes(self._data))
        self._end(now_us)
        return arrived

    def confirmation(self, part: StillPart) -> StillRequest:
        """The message that tells the sender that a still has come whole, so that it may forget it."""
        return StillRequest(sequence=part.sequence, offset=part.total_bytes)

    @property
    def timer_us(self) -> int | None:
        """When a request is due even if nothing comes in; None where no still is wanted."""
        if self._sequence is None:
            return None if not self._waiting else (self._ended_us or 0) + PAUSE_US
        return 0 if self._renew else self._due_us

    def _begin(self, now_us: int) -> bool:
        if not self._waiting or (self._ended_us is not None and now_us < self._ended_us + PAUSE_US):
            return False
        self._sequence = self._waiting.popleft()
        self._data = bytearray()
        self._total_bytes = self._tries = 0
        self._renew, self._lost = True, False
        return True

    def _fail(self, now_us: int, reason: str) -> StillFailed:
        assert self._sequence is not None
        failed = StillFailed(sequence=self._sequence, reason=reason)
        self._end(now_us)
        return failed

    def _end(self, now_us: int) -> None:
        self._sequence = None
        self._ended_us = now_us
        self._data = bytearray()
