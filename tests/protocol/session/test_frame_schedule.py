"""When a frame is of use, the wait for a receiver that is late, and the numbers of frames."""

from __future__ import annotations

from narrowcast.protocol.rate.congestion_window import FrameInFlight
from narrowcast.protocol.session.credit_index import CreditIndex
from narrowcast.protocol.session.frame_schedule import FrameSchedule
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.wire.messages import FrameMessage
from tests.protocol.sending import receiver_state

INTERVAL_US = 50_000


def receiver(*, in_step: bool, sent_us: int | None = None) -> ReceiverState:
    state = receiver_state(in_step=in_step)
    if sent_us is not None:
        state.in_flight.append(
            FrameInFlight(peer=state.peer, sequence=0, payload_bytes=1, wire_bytes=99, coded_local_us=sent_us)
        )
    return state


def send(schedule: FrameSchedule, now_us: int, *, keyframe: bool = False, droppable: bool = False) -> None:
    frame = FrameMessage(
        sequence=schedule.next_sequence,
        capture_sender_us=0,
        send_delay_us=0,
        payload=b"x",
        keyframe=keyframe,
        droppable=droppable,
    )
    schedule.sent(frame, now_us)


def is_useful(schedule: FrameSchedule, receivers: list[ReceiverState], now_us: int) -> bool:
    for session, state in enumerate(receivers):
        state.session = session
    index = CreditIndex(receivers)
    keyframe = schedule.keyframe_due(index, now_us)
    return schedule.is_useful(index, keyframe=keyframe, interval_us=INTERVAL_US, now_us=now_us)


def test_frames_are_numbered_and_droppable_ones_are_no_part_of_the_chain() -> None:
    schedule = FrameSchedule()
    kinds = [(True, False), (False, False), (False, True), (False, True), (False, False)]
    chain = []
    for number, (keyframe, droppable) in enumerate(kinds):
        assert schedule.next_sequence == number
        send(schedule, number, keyframe=keyframe, droppable=droppable)
        chain.append(schedule.chain_sequence)
    assert chain == [0, 1, 1, 1, 4]


def test_nobody_there_or_nobody_with_credit_means_no_frame() -> None:
    schedule = FrameSchedule()
    assert not is_useful(schedule, [], 0)
    assert not is_useful(schedule, [receiver(in_step=True, sent_us=0)], 0)
    assert is_useful(schedule, [receiver(in_step=True)], 0)


def test_a_late_receiver_is_waited_for_half_a_frame_and_no_longer() -> None:
    schedule = FrameSchedule()
    send(schedule, 0, keyframe=True)
    receivers = [receiver(in_step=True), receiver(in_step=True, sent_us=0)]
    assert not is_useful(schedule, receivers, 74_999)
    assert is_useful(schedule, receivers, 75_000)
    receivers[1].stalled = True
    assert is_useful(schedule, receivers, 50_000)


def test_on_a_long_link_the_first_ack_sets_the_wait() -> None:
    schedule = FrameSchedule()
    send(schedule, 0, keyframe=True)
    schedule.acknowledged(0, 120_000)
    receivers = [receiver(in_step=True), receiver(in_step=True, sent_us=0)]
    assert not is_useful(schedule, receivers, 179_999)
    assert is_useful(schedule, receivers, 180_000)


def test_keyframes_are_half_a_second_apart() -> None:
    schedule = FrameSchedule()
    send(schedule, 0, keyframe=True)
    newcomer = receiver(in_step=False)
    assert not schedule.keyframe_due(CreditIndex([newcomer]), 499_999)
    assert not is_useful(schedule, [newcomer], 499_999)
    assert schedule.keyframe_due(CreditIndex([newcomer]), 500_000)
    assert is_useful(schedule, [newcomer], 500_000)
