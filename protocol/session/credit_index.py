"""Who has credit, whom a frame would help and what links carry: kept up to date, so never searched for."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from narrowcast.protocol.session.receiver_state import ReceiverState

SPARE_ENTRIES = 64
"The heap of budgets is cleared of old entries when they outnumber the valid ones by so many."


class _Indexed(NamedTuple):
    """What the index has counted for one receiver; several are made for each frame and receiver."""

    credit: bool = False
    in_step: bool = False
    keeps_up: bool = False
    in_flight: int = 0
    budget_bps: float = -1.0
    keyframe_us: int | None = None
    "when a keyframe would help it; None where none would, or where it has no credit"


_NOTHING = _Indexed()


class CreditIndex:
    """Answers in constant time what a grant asks about all receivers.

    `changed` notes that a receiver is to be looked at again; that happens with the next question.
    """

    def __init__(self, receivers: Iterable[ReceiverState] = ()) -> None:
        """Start with these receivers, as if each had just joined."""
        self._receivers: dict[int, ReceiverState] = {}
        self._changed: dict[int, ReceiverState] = {}
        self._indexed: dict[int, _Indexed] = {}
        self._with_credit: set[int] = set()
        self._in_step_with_credit = self._late = self._in_flight = 0
        self._keyframes: list[tuple[int, int]] = []
        self._budgets: list[tuple[float, int]] = []
        self._wishes: tuple[float, ...] | None = None
        for receiver in receivers:
            self.joined(receiver)

    def joined(self, receiver: ReceiverState) -> None:
        """Count a receiver from now on."""
        self._receivers[receiver.session] = receiver
        self._wishes = None
        self.changed(receiver)

    def left(self, receiver: ReceiverState) -> None:
        """Count a receiver no longer; harmless a second time."""
        self._wishes = None
        self._changed.pop(receiver.session, None)
        if self._receivers.pop(receiver.session, None) is not None:
            self._replace(receiver.session, _NOTHING)
            self._indexed.pop(receiver.session, None)

    def changed(self, receiver: ReceiverState) -> None:
        """Note that the receiver's credit, chain or budget may have changed."""
        if receiver.session in self._receivers:
            self._changed[receiver.session] = receiver

    @property
    def copies(self) -> int:
        """How many receivers have credit."""
        self._update()
        return len(self._with_credit)

    @property
    def with_credit(self) -> frozenset[int]:
        """The session numbers of those that have credit."""
        self._update()
        return frozenset(self._with_credit)

    @property
    def in_flight(self) -> int:
        """Frames that have not been acknowledged, of all receivers together."""
        self._update()
        return self._in_flight

    @property
    def budget_bps(self) -> float | None:
        """The budget of the best-connected receiver; None where there is none."""
        self._update()
        budgets = self._budgets
        while budgets and self._indexed.get(budgets[0][1], _NOTHING).budget_bps != -budgets[0][0]:
            heapq.heappop(budgets)
        return -budgets[0][0] if budgets else None

    @property
    def late(self) -> bool:
        """Whether a receiver that kept up so far has no credit."""
        self._update()
        return self._late > 0

    @property
    def newest_session(self) -> int:
        """The highest session number; 0 where there is none."""
        return next(reversed(self._receivers), 0)

    def wanted_fps(self, stream_fps: float) -> float:
        """The most frames a second that any receiver wants, and no more than the stream has."""
        if self._wishes is None:
            self._wishes = tuple({receiver.max_fps for receiver in self._receivers.values()})
        return max((min(stream_fps, wish or stream_fps) for wish in self._wishes), default=stream_fps)

    def keyframe_due(self, now_us: int) -> bool:
        """Whether a keyframe would help some receiver now."""
        self._update()
        waiting = self._keyframes
        while waiting and self._indexed.get(waiting[0][1], _NOTHING).keyframe_us != waiting[0][0]:
            heapq.heappop(waiting)
        return bool(waiting) and waiting[0][0] <= now_us

    def serves(self, *, keyframe: bool) -> bool:
        """Whether some receiver with credit could use a frame of this kind."""
        self._update()
        return self._in_step_with_credit > 0 or (keyframe and bool(self._with_credit))

    def _update(self) -> None:
        """Look again at the receivers that changed."""
        while self._changed:
            session, receiver = self._changed.popitem()
            credit, in_step = receiver.has_credit, receiver.in_step
            indexed = _Indexed(
                credit,
                in_step,
                receiver.keeps_up,
                len(receiver.in_flight),
                receiver.budget_bps,
                receiver.keyframe_due_us if credit and not in_step else None,
            )
            if indexed != self._indexed.get(session):
                self._replace(session, indexed)

    def _replace(self, session: int, new: _Indexed) -> None:
        old = self._indexed.get(session, _NOTHING)
        self._indexed[session] = new
        if new.credit != old.credit:
            (self._with_credit.add if new.credit else self._with_credit.discard)(session)
        self._in_step_with_credit += (new.credit and new.in_step) - (old.credit and old.in_step)
        self._late += (new.keeps_up and not new.credit) - (old.keeps_up and not old.credit)
        self._in_flight += new.in_flight - old.in_flight
        if new.keyframe_us is not None and new.keyframe_us != old.keyframe_us:
            heapq.heappush(self._keyframes, (new.keyframe_us, session))
        if new.budget_bps != old.budget_bps and new.budget_bps >= 0:
            heapq.heappush(self._budgets, (-new.budget_bps, session))
            if len(self._budgets) > 2 * len(self._indexed) + SPARE_ENTRIES:
                self._budgets = [(-each.budget_bps, number) for number, each in self._indexed.items()]
                heapq.heapify(self._budgets)
