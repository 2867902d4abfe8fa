"""When a receiver PINGs its sender, and what it makes of what comes over the link."""

from __future__ import annotations

import itertools

from narrowcast.protocol.rate.clock import ClockEstimator
from narrowcast.protocol.session.events import ReceiverEvent
from narrowcast.protocol.session.frame_intake import FrameIntake
from narrowcast.protocol.session.sender_link import FIRST_PINGS, RIDE_US, SenderLink, patience_us
from narrowcast.protocol.stills.fetch import StillArrived, StillFetch
from narrowcast.protocol.wire.messages import FramePart, Message, Ping, Pong, Report, StillPart, StillRequest
from narrowcast.protocol.wire.session_messages import StreamParameters, Welcome


class Linked:
    """A link that began at 0, with what it sends and tells."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.told: list[ReceiverEvent] = []
        self.clock = ClockEstimator()
        self.stills = StillFetch()
        stream = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")
        self.frames = FrameIntake(1000, self.sent.append, self.told.append)
        self.link = SenderLink(
            Welcome(version=1, session=1, epoch=1, parameters=stream),
            clock=self.clock,
            frames=self.frames,
            stills=self.stills,
            send=self.sent.append,
            tell=self.told.append,
            now_us=0,
        )

    def pings(self, now_us: int, heard_us: int) -> bool:
        before = len(self.sent)
        self.link.run_timers(now_us, heard_us)
        return any(isinstance(message, Ping) for message in self.sent[before:])


def test_first_pings_are_quick_then_one_a_second() -> None:
    linked = Linked()
    assert isinstance(linked.sent[0], Ping)
    times = [now_us for now_us in range(0, 5_000_000, 100_000) if linked.pings(now_us, now_us)]
    assert times[:FIRST_PINGS] == [200_000, 400_000, 600_000, 800_000, 1_000_000]
    assert times[FIRST_PINGS:] == [2_000_000, 3_000_000, 4_000_000]


def test_silence_is_asked_about_twice_a_second() -> None:
    linked = Linked()
    for now_us in range(0, 2_000_000, 50_000):
        linked.pings(now_us, now_us)
    times = [now_us for now_us in range(2_000_000, 4_000_000, 50_000) if linked.pings(now_us, 2_000_000)]
    assert all(later - earlier <= 500_000 for earlier, later in itertools.pairwise([2_000_000, *times]))


def test_its_next_timer_is_the_earliest_of_ping_request_and_still() -> None:
    linked = Linked()
    assert linked.link.next_timer_us(1) == 200_000
    linked.frames.decode_failed("lost", 1)
    assert linked.link.next_timer_us(1) == 0
    linked.link.run_timers(1, 1)
    assert linked.link.next_timer_us(1) == 200_000
    linked.stills.want(5)
    linked.link.run_timers(2, 2)
    linked.link.receive(StillPart(sequence=5, total_bytes=6, payload=b"png"), 3)
    assert linked.link.next_timer_us(1_000) == 1_000


def pong(*, epoch: int) -> Pong:
    return Pong(
        number=1,
        epoch=epoch,
        ping_sent_receiver_us=1_000,
        ping_received_sender_us=501_500,
        pong_sent_sender_us=501_600,
        encode_us=7_000,
        quality_permille=250,
    )


def test_a_pong_sets_the_clock() -> None:
    linked = Linked()
    linked.link.receive(pong(epoch=1), 2_100)
    assert linked.clock.offset_us(2_100) == 500_000
    assert linked.clock.recent_min_rtt_us == 1_000


def test_a_message_of_another_run_of_the_sender_is_recognised() -> None:
    link = Linked().link
    assert link.is_of_another_run(pong(epoch=2))
    assert not link.is_of_another_run(pong(epoch=1))
    assert not link.is_of_another_run(FramePart(sequence=1, part=1, payload=b"x"))
    assert not link.is_of_another_run(StillPart(sequence=1))


def test_only_what_is_in_no_hurry_waits_for_an_ack() -> None:
    assert patience_us(Report()) == patience_us(Ping(number=6, sent_receiver_us=0)) == RIDE_US
    assert patience_us(Ping(number=5, sent_receiver_us=0)) == 0
    assert patience_us(StillRequest(sequence=1)) == 0


def test_a_still_that_came_whole_is_confirmed_and_told() -> None:
    linked = Linked()
    linked.stills.want(5)
    linked.link.run_timers(1, 1)
    linked.link.receive(StillPart(sequence=5, total_bytes=3, payload=b"png"), 2)
    assert linked.sent[-1] == StillRequest(sequence=5, offset=3)
    assert linked.told == [StillArrived(sequence=5, png=b"png")]
