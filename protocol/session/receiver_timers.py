"""When to look at a receiver because it may be silent or stalled: a heap of deadlines."""

from __future__ import annotations

import heapq
from enum import IntEnum

from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.receiver_state import ReceiverState


class _Kind(IntEnum):
    SILENT = 0
    "nothing is heard from it"
    STALLED = 1
    "it acknowledges nothing"


class ReceiverTimers:
    """One deadline of each kind a receiver, at most.

    What moves a deadline further away (a message, an ACK) changes nothing here: it is set anew once it has
    come. So a receiver costs a little every few seconds, however many messages it sends.
    """

    def __init__(self, config: SenderSessionConfig) -> None:
        """Start with nobody to watch; the configuration says how long is too long."""
        self._config = config
        self._receivers: dict[int, ReceiverState] = {}
        self._due_us: dict[tuple[int, _Kind], int] = {}
        self._heap: list[tuple[int, int, _Kind]] = []

    def joined(self, receiver: ReceiverState) -> None:
        """Watch a receiver from now on."""
        self._receivers[receiver.session] = receiver
        self.watch(receiver)

    def left(self, receiver: ReceiverState) -> None:
        """Watch a receiver no longer; harmless a second time."""
        self._receivers.pop(receiver.session, None)
        for kind in _Kind:
            self._due_us.pop((receiver.session, kind), None)

    def watch(self, receiver: ReceiverState) -> None:
        """Set the deadlines that a receiver has and that are not set: it joined, got a frame, or was due."""
        for kind in _Kind:
            if (receiver.session, kind) not in self._due_us:
                self._set(receiver, kind)

    def recovered(self, receiver: ReceiverState) -> None:
        """A receiver that had stalled has acknowledged a frame: its next one may be late sooner."""
        self._set(receiver, _Kind.STALLED)

    def next_us(self) -> int | None:
        """When `take_due` may have something to hand over; None where nobody is watched."""
        heap = self._heap
        while heap and self._due_us.get((heap[0][1], heap[0][2])) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def take_due(self, now_us: int) -> list[ReceiverState]:
        """Hand over the receivers to look at now, in the order they joined; `watch` those that stay."""
        due = set()
        while (next_us := self.next_us()) is not None and next_us <= now_us:
            _, session, kind = heapq.heappop(self._heap)
            del self._due_us[session, kind]
            due.add(session)
        return [self._receivers[session] for session in sorted(due)]

    def _set(self, receiver: ReceiverState, kind: _Kind) -> None:
        """Set a receiver's deadline of a kind in the place of the one before; none where it cannot come."""
        deadline_us = self._silent_us(receiver) if kind is _Kind.SILENT else self._stalled_us(receiver)
        if deadline_us is None or receiver.session not in self._receivers:
            self._due_us.pop((receiver.session, kind), None)
            return
        self._due_us[receiver.session, kind] = deadline_us
        heapq.heappush(self._heap, (deadline_us, receiver.session, kind))

    def _silent_us(self, receiver: ReceiverState) -> int:
        return receiver.last_heard_us + self._config.silence_us

    def _stalled_us(self, receiver: ReceiverState) -> int | None:
        if receiver.oldest_in_flight_us is None:
            return None
        limit_us = self._config.drop_stalled_us if receiver.stalled else self._config.stalled_us
        return receiver.oldest_in_flight_us + limit_us
