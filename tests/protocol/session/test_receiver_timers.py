"""Receivers are looked at when they may be silent or stalled, and not for every message."""

from __future__ import annotations

from narrowcast.protocol.rate.congestion_window import FrameInFlight
from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.session.receiver_timers import ReceiverTimers
from tests.protocol.sending import STREAM, receiver_state

SILENCE_US, STALLED_US, DROP_US = 10_000_000, 2_000_000, 30_000_000


def watched(receiver: ReceiverState) -> ReceiverTimers:
    timers = ReceiverTimers(
        SenderSessionConfig(
            stream=STREAM,
            epoch=1,
            instance=1,
            silence_us=SILENCE_US,
            stalled_us=STALLED_US,
            drop_stalled_us=DROP_US,
        )
    )
    timers.joined(receiver)
    return timers


def send(timers: ReceiverTimers, receiver: ReceiverState, now_us: int) -> None:
    frame = FrameInFlight(
        peer=receiver.peer, sequence=0, payload_bytes=1, wire_bytes=99, coded_local_us=now_us
    )
    receiver.sent(frame, keyframe=True)
    timers.watch(receiver)


def test_a_silent_receiver_is_due_once_its_time_is_over() -> None:
    receiver = receiver_state()
    timers = watched(receiver)
    assert timers.next_us() == SILENCE_US
    assert timers.take_due(SILENCE_US - 1) == []
    assert timers.take_due(SILENCE_US) == [receiver]
    assert timers.next_us() is None, "who is due is watched on when the caller says so"


def test_a_message_costs_nothing_until_the_old_deadline_has_come() -> None:
    receiver = receiver_state()
    timers = watched(receiver)
    receiver.last_heard_us = 4_000_000
    assert timers.next_us() == SILENCE_US
    assert timers.take_due(SILENCE_US) == [receiver]
    timers.watch(receiver)
    assert timers.next_us() == 4_000_000 + SILENCE_US


def test_a_frame_in_flight_may_stall_and_stalls_for_long_before_the_receiver_is_due_again() -> None:
    receiver = receiver_state()
    timers = watched(receiver)
    send(timers, receiver, 1_000_000)
    send(timers, receiver, 1_500_000)
    assert timers.take_due(1_000_000 + STALLED_US) == [receiver]
    receiver.stalled, receiver.last_heard_us = True, 40_000_000
    timers.watch(receiver)
    assert timers.take_due(SILENCE_US) == [receiver], "silence, which is not true any more"
    timers.watch(receiver)
    assert timers.next_us() == 1_000_000 + DROP_US


def test_a_receiver_that_recovers_may_stall_again_soon() -> None:
    receiver = receiver_state()
    timers = watched(receiver)
    send(timers, receiver, 0)
    timers.take_due(STALLED_US)
    receiver.stalled = True
    timers.watch(receiver)
    send(timers, receiver, 3_000_000)
    receiver.in_flight.popleft()
    receiver.stalled = False
    timers.recovered(receiver)
    assert timers.next_us() == 3_000_000 + STALLED_US


def test_nobody_who_left_is_due() -> None:
    receiver = receiver_state()
    timers = watched(receiver)
    send(timers, receiver, 0)
    timers.left(receiver)
    timers.left(receiver)
    timers.watch(receiver)
    assert timers.next_us() is None and timers.take_due(2 * DROP_US) == []
