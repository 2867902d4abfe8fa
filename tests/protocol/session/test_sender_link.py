"""When a receiver PINGs and when it may ask for a keyframe."""

from __future__ import annotations

import itertools

from protocol.rate.clock import ClockEstimator
from protocol.session.sender_link import FIRST_PINGS, SenderLink
from protocol.wire.frame_parts import FrameAssembler
from protocol.wire.messages import StreamParameters, Welcome


def new_link() -> SenderLink:
    stream = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")
    welcome = Welcome(version=1, session=1, epoch=1, parameters=stream)
    return SenderLink(welcome=welcome, clock=ClockEstimator(), ping_us=0, assembler=FrameAssembler(1000))


def test_first_pings_are_quick_then_one_a_second() -> None:
    link = new_link()
    times = [now_us for now_us in range(0, 5_000_000, 100_000) if link.due_ping(now_us, now_us)]
    assert times[: FIRST_PINGS + 1] == [0, 200_000, 400_000, 600_000, 800_000, 1_000_000]
    assert times[FIRST_PINGS + 1 :] == [2_000_000, 3_000_000, 4_000_000]


def test_a_request_goes_out_at_once_and_repeats_until_the_keyframe_comes() -> None:
    link = new_link()
    assert link.due_request(0) is None
    assert link.want_keyframe("lost")
    assert not link.want_keyframe("lost again")
    request = link.due_request(10)
    assert request is not None and request.reason == "lost again"
    assert link.due_request(1_900_000) is None
    assert link.due_request(2_000_010) is not None
    link.keyframe_came()
    assert link.due_request(9_000_000) is None


def test_a_new_break_waits_out_the_half_second() -> None:
    link = new_link()
    link.want_keyframe("first")
    link.due_request(0)
    link.keyframe_came()
    assert link.want_keyframe("second")
    assert link.next_timer_us() == 0
    link.due_ping(400_000, 400_000)
    assert link.next_timer_us() == 500_000
    assert link.due_request(499_999) is None
    assert link.due_request(500_000) is not None


def test_silence_is_asked_about_twice_a_second() -> None:
    link = new_link()
    for now_us in range(0, 2_000_000, 50_000):
        link.due_ping(now_us, now_us)
    times = [now_us for now_us in range(2_000_000, 4_000_000, 50_000) if link.due_ping(now_us, 2_000_000)]
    assert all(later - earlier <= 500_000 for earlier, later in itertools.pairwise([2_000_000, *times]))
