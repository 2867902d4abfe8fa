"""Numbers and chain distances, and the moment's patience for a receiver that is late."""

from __future__ import annotations

from protocol.session.frame_schedule import FrameSchedule, OutgoingFrame
from protocol.session.receiver_state import FrameInFlight, ReceiverState
from protocol.wire.messages import FrameMessage

INTERVAL_US = 50_000


def receiver(*, in_step: bool, sent_us: int | None = None) -> ReceiverState:
    state = ReceiverState(
        peer=b"p",
        session=1,
        instance=1,
        name="",
        max_kbps=0.0,
        max_fps=0.0,
        welcomed_us=0,
        last_heard_us=0,
        in_step=in_step,
    )
    if sent_us is not None:
        state.flights.append(FrameInFlight(sequence=0, frame_bytes=1, wire_bytes=99, coded_us=sent_us))
    return state


def number(
    schedule: FrameSchedule, now_us: int, *, keyframe: bool = False, droppable: bool = False
) -> FrameMessage:
    frame = OutgoingFrame(payload=b"x", keyframe=keyframe, droppable=droppable, capture_us=now_us - 5)
    return schedule.number(frame, epoch=3, stream=0, now_us=now_us)


def test_distances_skip_droppable_frames() -> None:
    schedule = FrameSchedule()
    kinds = [(True, False), (False, False), (False, True), (False, True), (False, False), (False, False)]
    frames = [number(schedule, i, keyframe=key, droppable=drop) for i, (key, drop) in enumerate(kinds)]
    assert [frame.sequence for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.chain_distance for frame in frames] == [1, 1, 1, 2, 3, 1]


def test_nobody_there_or_nobody_with_credit_means_no_frame() -> None:
    schedule = FrameSchedule()
    assert not schedule.can_send([], INTERVAL_US, 0)
    assert not schedule.can_send([receiver(in_step=True, sent_us=0)], INTERVAL_US, 0)
    assert schedule.can_send([receiver(in_step=True)], INTERVAL_US, 0)


def test_a_late_receiver_is_waited_for_half_a_frame_and_no_longer() -> None:
    schedule = FrameSchedule()
    number(schedule, 0, keyframe=True)
    receivers = [receiver(in_step=True), receiver(in_step=True, sent_us=0)]
    assert not schedule.can_send(receivers, INTERVAL_US, 74_999)
    assert schedule.can_send(receivers, INTERVAL_US, 75_000)
    receivers[1].stalled = True
    assert schedule.can_send(receivers, INTERVAL_US, 50_000)


def test_on_a_long_link_the_first_return_sets_the_patience() -> None:
    schedule = FrameSchedule()
    number(schedule, 0, keyframe=True)
    schedule.returned(0, 120_000)
    receivers = [receiver(in_step=True), receiver(in_step=True, sent_us=0)]
    assert not schedule.can_send(receivers, INTERVAL_US, 179_999)
    assert schedule.can_send(receivers, INTERVAL_US, 180_000)


def test_keyframes_are_half_a_second_apart() -> None:
    schedule = FrameSchedule()
    number(schedule, 0, keyframe=True)
    newcomer = receiver(in_step=False)
    assert not schedule.keyframe_due([newcomer], 499_999)
    assert not schedule.can_send([newcomer], INTERVAL_US, 499_999)
    assert schedule.keyframe_due([newcomer], 500_000)
    assert schedule.can_send([newcomer], INTERVAL_US, 500_000)
