"""Credit, chain and back-off of one receiver as its sender sees it."""

from __future__ import annotations

from narrowcast.protocol.rate.congestion_window import CongestionWindow, FrameInFlight
from narrowcast.protocol.session.receiver_state import (
    BACKOFF_RESET_US,
    KEYFRAME_INTERVAL_US,
    MAX_BACKOFF_US,
    ReceiverState,
)
from tests.protocol.sending import receiver_state


def send(state: ReceiverState, sequence: int, now_us: int, *, keyframe: bool) -> None:
    frame = FrameInFlight(
        peer=state.peer, sequence=sequence, payload_bytes=10, wire_bytes=100, coded_local_us=now_us
    )
    state.sent(frame, keyframe=keyframe)


def test_a_new_receiver_is_due_for_a_keyframe_and_then_in_step() -> None:
    state = receiver_state()
    assert state.has_credit and not state.in_step and state.keyframe_due(0)
    send(state, 0, 0, keyframe=True)
    assert state.in_step and not state.has_credit and not state.keyframe_due(0)


def test_missing_a_droppable_frame_changes_nothing() -> None:
    state = receiver_state()
    send(state, 0, 0, keyframe=True)
    state.missed(100, droppable=True)
    assert state.in_step
    state.missed(200, droppable=False)
    assert not state.in_step


def test_back_off_doubles_while_a_receiver_falls_behind_and_is_reset_when_it_keeps_up() -> None:
    state = receiver_state()
    now_us = 0
    backoffs = []
    for sequence in range(9):
        send(state, sequence, now_us, keyframe=True)
        state.break_chain(now_us + 100_000)
        backoffs.append(state.backoff_us)
        state.in_flight.clear()
        assert not state.keyframe_due(now_us + state.backoff_us - 1)
        now_us += state.backoff_us
        assert state.keyframe_due(now_us)
    assert backoffs[:4] == [KEYFRAME_INTERVAL_US * factor for factor in (1, 2, 4, 8)]
    assert backoffs[-1] == MAX_BACKOFF_US
    send(state, 9, now_us, keyframe=True)
    state.break_chain(now_us + 2 * MAX_BACKOFF_US + BACKOFF_RESET_US)
    assert state.backoff_us == KEYFRAME_INTERVAL_US


def test_a_frame_that_never_left_frees_its_credit_and_breaks_the_chain() -> None:
    state = receiver_state()
    send(state, 0, 0, keyframe=True)
    state.take_back()
    assert state.has_credit and not state.in_step


def test_credit_ends_where_frames_or_bytes_in_flight_exceed_the_window() -> None:
    state = receiver_state()
    state.window = CongestionWindow(frames=2, wire_bytes=250)
    for sequence in range(3):
        assert state.has_credit
        send(state, sequence, 0, keyframe=sequence == 0)
    assert not state.has_credit
    state.window = CongestionWindow(frames=9, wire_bytes=250)
    assert not state.has_credit


def test_an_ack_counts_for_the_frames_before_it_and_other_numbers_are_ignored() -> None:
    state = receiver_state()
    for sequence in (4, 5, 6):
        send(state, sequence, sequence, keyframe=sequence == 4)
    assert state.acknowledged(9) is None and state.oldest_in_flight_us == 4
    frame = state.acknowledged(5)
    assert frame is not None and frame.sequence == 5
    assert state.oldest_in_flight_us == 6
    assert state.acknowledged(4) is None
