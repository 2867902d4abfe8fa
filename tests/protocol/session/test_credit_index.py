"""The index answers what a search through all receivers would answer, after any changes."""

from __future__ import annotations

import random
from dataclasses import replace

from narrowcast.protocol.rate.congestion_window import CongestionWindow, FrameInFlight
from narrowcast.protocol.session.credit_index import CreditIndex
from narrowcast.protocol.session.receiver_state import ReceiverState
from tests.protocol.sending import receiver_state

STREAM_FPS = 20.0


def numbered(session: int, *, max_fps: float = 0.0, in_step: bool = False) -> ReceiverState:
    return replace(receiver_state(in_step=in_step), session=session, max_fps=max_fps)


def frame(sequence: int, now_us: int) -> FrameInFlight:
    return FrameInFlight(peer=b"", sequence=sequence, payload_bytes=1, wire_bytes=100, coded_local_us=now_us)


def check(index: CreditIndex, receivers: list[ReceiverState], now_us: int) -> None:
    """Compare every answer with what a search finds."""
    with_credit = {receiver.session for receiver in receivers if receiver.has_credit}
    assert index.with_credit == with_credit and index.copies == len(with_credit)
    assert index.budget_bps == max((receiver.budget_bps for receiver in receivers), default=None)
    assert index.late == any(receiver.keeps_up and not receiver.has_credit for receiver in receivers)
    assert index.keyframe_due(now_us) == any(receiver.keyframe_due(now_us) for receiver in receivers)
    assert index.in_flight == sum(len(receiver.in_flight) for receiver in receivers)
    for keyframe in (False, True):
        served = any(receiver.has_credit and (receiver.in_step or keyframe) for receiver in receivers)
        assert index.serves(keyframe=keyframe) == served


def change(rng: random.Random, receiver: ReceiverState, sequence: int, now_us: int) -> None:
    """Do to a receiver one of the things that happen to receivers."""
    what = rng.randrange(6)
    if what == 0:
        receiver.sent(frame(sequence, now_us), keyframe=rng.random() < 0.3)
    elif what == 1 and receiver.in_flight:
        receiver.in_flight.popleft()
    elif what == 2:
        receiver.break_chain(now_us)
    elif what == 3:
        receiver.bandwidth.target_bps = rng.choice([10_000.0, 50_000.0, 90_000.0])
    elif what == 4:
        receiver.window = CongestionWindow(frames=rng.randrange(3), wire_bytes=250)
    else:
        receiver.stalled = not receiver.stalled


def test_the_answers_are_those_of_a_search_after_any_changes() -> None:
    rng = random.Random(3)
    receivers: list[ReceiverState] = []
    index = CreditIndex()
    check(index, receivers, 0)
    for number in range(4000):
        now_us = 20_000 * number
        if len(receivers) < 3 or (len(receivers) < 12 and rng.random() < 0.05):
            receivers.append(numbered(number))
            index.joined(receivers[-1])
        elif rng.random() < 0.04:
            index.left(receivers.pop(rng.randrange(len(receivers))))
        else:
            receiver = rng.choice(receivers)
            change(rng, receiver, number, now_us)
            index.changed(receiver)
        if rng.random() < 0.5:
            check(index, receivers, now_us)


def test_budgets_that_changed_often_are_not_kept() -> None:
    receiver = numbered(1)
    index = CreditIndex([receiver])
    for budget in range(1, 5000):
        receiver.bandwidth.target_bps = float(budget)
        index.changed(receiver)
        assert index.budget_bps == budget
    assert len(index._budgets) < 200


def test_the_stream_goes_as_fast_as_the_fastest_receiver_wants() -> None:
    slow, slower = numbered(1, max_fps=8.0), numbered(2, max_fps=5.0)
    index = CreditIndex()
    assert index.wanted_fps(STREAM_FPS) == STREAM_FPS
    for receiver in (slow, slower):
        index.joined(receiver)
    assert index.wanted_fps(STREAM_FPS) == 8.0 and index.newest_session == 2
    index.left(slow)
    assert index.wanted_fps(STREAM_FPS) == 5.0
    index.joined(numbered(3))
    assert index.wanted_fps(STREAM_FPS) == STREAM_FPS


def test_what_happens_to_a_receiver_that_left_counts_no_more() -> None:
    receiver = numbered(1, in_step=True)
    index = CreditIndex([receiver])
    index.left(receiver)
    index.left(receiver)
    index.changed(receiver)
    check(index, [], 0)
