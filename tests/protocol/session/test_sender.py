"""The sender's session, message by message."""

from __future__ import annotations

from dataclasses import replace

from protocol.rate.link_rate import START_BPS
from protocol.rate.pipelining import NO_PIPELINE, Pipeline
from protocol.session.config import SenderConfig
from protocol.session.events import (
    FrameAcknowledged,
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReportReceived,
)
from protocol.session.frame_schedule import OutgoingFrame
from protocol.session.outbox import SendOutcome
from protocol.session.sender import SenderSession
from protocol.wire.messages import Ack, FrameMessage, KeyframeRequest, Message, Ping, Pong, Report
from protocol.wire.packing import pack, unpack
from protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    Bye,
    CodecOffer,
    Hello,
    Reject,
    Role,
    StreamParameters,
    Welcome,
)

STREAM = StreamParameters(width=64, height=64, fps=20.0, codec="jpeg")
HELLO = Hello(version=PROTOCOL_VERSION, role=Role.RECEIVER, instance=5, codecs=(CodecOffer(name="jpeg"),))
PEER = b"peer"


def new_session(*, announce: bool = False) -> SenderSession:
    return SenderSession(SenderConfig(stream=STREAM, epoch=9, instance=77, announce=announce))


def joined() -> SenderSession:
    session = new_session()
    session.receive(PEER, pack(HELLO), 0)
    session.messages_to_send(0)
    session.events()
    return session


def sent(session: SenderSession, now_us: int) -> list[Message]:
    return [unpack(m.data, max_payload_bytes=10_000) for m in session.messages_to_send(now_us)]


def frame(*, keyframe: bool = False) -> OutgoingFrame:
    return OutgoingFrame(payload=b"p" * 100, keyframe=keyframe, capture_us=1000, encode_us=7, quality=0.25)


def test_hello_is_answered_with_welcome_and_a_repeat_starts_no_new_session() -> None:
    session = new_session()
    session.receive(PEER, pack(replace(HELLO, name="cam\x1b[2J")), 0)
    welcome = Welcome(version=PROTOCOL_VERSION, session=1, epoch=9, parameters=STREAM)
    assert sent(session, 0) == [welcome]
    assert session.events() == [ReceiverJoined(peer=PEER, session=1, name="cam?[2J")]
    session.receive(PEER, pack(HELLO), 1_000_000)
    assert sent(session, 1_000_000) == [welcome]
    assert session.events() == []


def test_a_late_hello_of_the_same_receiver_replaces_its_session() -> None:
    session = joined()
    session.receive(b"new connection", pack(HELLO), 4_000_000)
    assert [receiver.peer for receiver in session.receivers] == [b"new connection"]
    assert [type(event).__name__ for event in session.events()] == ["ReceiverLeft", "ReceiverJoined"]


def test_unfit_receivers_are_rejected_and_told_of_once() -> None:
    session = new_session()
    for _ in range(3):
        session.receive(PEER, pack(replace(HELLO, version=PROTOCOL_VERSION + 1)), 0)
    assert [type(message) for message in sent(session, 0)] == [Reject] * 3
    assert [type(event) for event in session.events()] == [ReceiverRejected]
    assert not session.receivers


def test_frame_carries_times_quality_and_number_and_uses_the_credit_up() -> None:
    session = joined()
    assert session.can_send(2000) and session.wants_keyframe(2000)
    result = session.send_frame(frame(keyframe=True), 2000)
    assert (result.sequence, result.receivers, result.missed) == (0, 1, 0)
    [message] = sent(session, 2500)
    assert isinstance(message, FrameMessage)
    assert (message.epoch, message.send_sender_us, message.encode_us, message.keyframe) == (9, 2500, 7, True)
    assert message.quality_permille == 250
    assert not session.can_send(10_000_000)


def test_ack_returns_the_credit_and_tells_network_time_without_the_hold() -> None:
    session = joined()
    session.send_frame(frame(keyframe=True), 0)
    session.receive(PEER, pack(Ack(sequence=99)), 5000)
    assert not session.can_send(5000)
    session.receive(PEER, pack(Ack(sequence=0, hold_us=3000)), 10_000)
    assert session.can_send(60_000) and not session.wants_keyframe(60_000)
    assert session.events() == [
        FrameAcknowledged(peer=PEER, sequence=0, frame_bytes=100, network_us=7000, hold_us=3000)
    ]
    assert session.min_rtt_us == 7000


def test_keyframe_request_is_granted_unless_a_newer_keyframe_is_on_its_way() -> None:
    session = joined()
    session.send_frame(frame(keyframe=True), 0)
    session.receive(PEER, pack(Ack(sequence=0)), 1000)
    session.receive(PEER, pack(KeyframeRequest(after_sequence=0, reason="x")), 600_000)
    assert session.wants_keyframe(600_000)
    session.send_frame(frame(keyframe=True), 600_000)
    session.receive(PEER, pack(Ack(sequence=1)), 610_000)
    session.receive(PEER, pack(KeyframeRequest(after_sequence=0, reason="x")), 620_000)
    assert not session.wants_keyframe(5_000_000)
    assert session.can_send(5_000_000)


def test_ping_is_answered_with_both_times_and_its_round_trip_is_believed() -> None:
    session = joined()
    session.receive(PEER, pack(Ping(number=3, sent_receiver_us=123, min_rtt_us=4000)), 50_000)
    assert sent(session, 50_400) == [
        Pong(
            number=3,
            epoch=9,
            ping_sent_receiver_us=123,
            ping_received_sender_us=50_000,
            pong_sent_sender_us=50_400,
        )
    ]
    assert session.min_rtt_us == 4000


def test_strangers_are_invited_to_say_hello_and_a_bye_is_not_answered() -> None:
    session = new_session()
    session.receive(b"who", pack(Ack(sequence=1)), 0)
    [answer] = sent(session, 0)
    assert isinstance(answer, Bye) and answer.say_hello
    session.receive(b"who", pack(Bye()), 0)
    assert sent(session, 0) == []


def test_malformed_and_misplaced_messages_are_counted_and_the_session_lives() -> None:
    session = joined()
    for data in (
        b"",
        b"junk",
        bytes(5000),
        pack(
            Pong(number=1, epoch=1, ping_sent_receiver_us=1, ping_received_sender_us=1, pong_sent_sender_us=1)
        ),
    ):
        session.receive(PEER, data, 0)
    assert session.malformed_messages == 4
    session.receive(PEER, pack(Report(fps=14.0)), 0)
    assert session.events() == [ReportReceived(peer=PEER, report=Report(fps=14.0))]
    assert session.can_send(0)


def test_silent_receiver_is_dropped_and_may_come_back() -> None:
    session = joined()
    assert sent(session, 9_999_999) == []
    [bye] = sent(session, 10_000_000)
    assert isinstance(bye, Bye) and bye.say_hello
    [left] = session.events()
    assert isinstance(left, ReceiverLeft) and left.reason == "nothing heard from it for 10 s"
    assert session.next_timer_us(10_000_000) > 10_000_000


def test_receiver_that_takes_no_frame_is_dropped_though_it_talks() -> None:
    session = joined()
    session.send_frame(frame(keyframe=True), 0)
    for second in range(1, 31):
        session.receive(PEER, pack(Ping(number=second, sent_receiver_us=0)), second * 1_000_000)
        session.messages_to_send(second * 1_000_000)
    assert not session.receivers
    assert "took no frame for 30 s" in str(session.events()[-1])


def test_what_the_transport_could_not_send_is_taken_back() -> None:
    session = joined()
    session.send_frame(frame(keyframe=True), 0)
    [message] = session.messages_to_send(0)
    session.not_sent(message, SendOutcome.FULL, 0)
    assert session.receivers[0].has_credit and not session.receivers[0].in_step
    session.not_sent(message, SendOutcome.UNREACHABLE, 0)
    assert not session.receivers


def test_connecting_sender_announces_itself_until_a_receiver_asks() -> None:
    session = new_session(announce=True)
    [first] = sent(session, 0)
    assert isinstance(first, Hello) and first.role == Role.SENDER
    assert sent(session, 500_000) == []
    assert session.next_timer_us(500_000) == 1_000_000
    assert len(sent(session, 1_000_000)) == 1
    session.receive(b"", pack(HELLO), 1_100_000)
    assert [type(message) for message in sent(session, 3_000_000)] == [Welcome]


def test_two_senders_facing_each_other_say_so_once() -> None:
    session = new_session()
    for _ in range(2):
        session.receive(PEER, pack(Hello(version=PROTOCOL_VERSION, role=Role.SENDER, instance=1)), 0)
    [event] = session.events()
    assert isinstance(event, PeerIncompatible) and "start a receiver" in event.text


def test_wishes_of_receivers_bound_rate_and_pace() -> None:
    session = new_session()
    assert session.frame_interval_us(0) == 50_000 and session.budget_bps is None
    session.receive(b"a", pack(replace(HELLO, max_fps=5.0, max_kbps=32.0)), 0)
    assert session.frame_interval_us(0) == 200_000
    assert session.budget_bps == 32_000
    session.receive(b"b", pack(replace(HELLO, instance=6)), 0)
    assert session.frame_interval_us(0) == 100_000, "so few bits are known of that every second is left out"
    assert session.budget_bps == START_BPS


def test_close_says_goodbye_to_all_and_hears_nothing_more() -> None:
    session = joined()
    session.close("over")
    assert sent(session, 0) == [Bye(reason="over")]
    session.receive(PEER, pack(HELLO), 0)
    assert sent(session, 0) == []


def test_announcement_that_found_no_connection_is_soon_repeated() -> None:
    session = new_session(announce=True)
    [message] = session.messages_to_send(0)
    session.not_sent(message, SendOutcome.FULL, 0)
    assert session.next_timer_us(0) == 100_000
    assert len(sent(session, 100_000)) == 1


def test_a_frame_that_was_begun_with_credit_is_sent_though_the_credit_shrank() -> None:
    session = joined()
    session.send_frame(frame(keyframe=True), 0)
    session.receive(PEER, pack(Ack(sequence=0)), 1000)
    [receiver] = session.receivers
    receiver.pipeline = Pipeline(frames=1, wire_bytes=10_000)
    session.send_frame(frame(), 100_000)
    session.promise_frame()
    receiver.pipeline = NO_PIPELINE
    assert session.send_frame(frame(), 200_000).receivers == 1
    assert session.send_frame(frame(), 300_000).missed == 1
