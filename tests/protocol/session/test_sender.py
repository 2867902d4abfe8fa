"""The sender's session, message by message."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from narrowcast.protocol.rate.bandwidth import START_BPS
from narrowcast.protocol.rate.congestion_window import STOP_AND_WAIT, CongestionWindow
from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.events import (
    FrameAcknowledged,
    ReportReceived,
)
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.messages import Ack, FrameMessage, KeyframeRequest, Message, Ping, Pong, Report
from narrowcast.protocol.wire.packing import pack, unpack
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    Bye,
    Hello,
    Role,
    Welcome,
)
from tests.protocol.sending import HELLO, PEER, STREAM


def new_session(*, announce: bool = False) -> SenderSession:
    return SenderSession(SenderSessionConfig(stream=STREAM, epoch=9, instance=77, announce=announce))


def joined() -> SenderSession:
    session = new_session()
    session.receive(PEER, pack(HELLO), 0)
    session.messages_to_send(0)
    session.events()
    return session


def sent(session: SenderSession, now_us: int) -> list[Message]:
    return [unpack(m.data, max_payload_bytes=10_000) for m in session.messages_to_send(now_us)]


def begun(session: SenderSession, now_us: int) -> FrameGrant:
    grant = session.grant(now_us)
    assert grant is not None
    session.begin(grant)
    return grant


def coded(grant: FrameGrant) -> FrameMessage:
    return grant.frame(
        payload=b"p" * 100, keyframe=grant.keyframe, capture_sender_us=1000, encode_us=7, quality=0.25
    )


def send_frame(session: SenderSession, now_us: int) -> FrameGrant:
    grant = begun(session, now_us)
    session.send_frame(grant, coded(grant), now_us)
    return grant


def test_frame_carries_times_quality_and_number_and_uses_the_credit_up() -> None:
    session = joined()
    grant = send_frame(session, 2000)
    assert (grant.sequence, grant.keyframe) == (0, True) and grant.receivers == {1}
    [message] = sent(session, 2500)
    assert isinstance(message, FrameMessage)
    assert (message.sequence, message.send_sender_us, message.keyframe) == (0, 2500, True)
    assert session.grant(10_000_000) is None


def test_ack_returns_the_credit_and_tells_network_time_without_the_hold() -> None:
    session = joined()
    send_frame(session, 0)
    session.receive(PEER, pack(Ack(sequence=99)), 5000)
    assert session.grant(5000) is None
    session.receive(PEER, pack(Ack(sequence=0, hold_us=3000)), 10_000)
    grant = session.grant(60_000)
    assert grant is not None and not grant.keyframe
    assert session.events() == [
        FrameAcknowledged(peer=PEER, sequence=0, frame_bytes=100, network_us=7000, hold_us=3000)
    ]
    assert session.min_rtt_us == 7000


def test_keyframe_request_is_granted_unless_a_newer_keyframe_is_on_its_way() -> None:
    session = joined()
    send_frame(session, 0)
    session.receive(PEER, pack(Ack(sequence=0)), 1000)
    session.receive(PEER, pack(KeyframeRequest(after_sequence=0, reason="x")), 600_000)
    assert send_frame(session, 600_000).keyframe
    session.receive(PEER, pack(Ack(sequence=1)), 610_000)
    session.receive(PEER, pack(KeyframeRequest(after_sequence=0, reason="x")), 620_000)
    grant = session.grant(5_000_000)
    assert grant is not None and not grant.keyframe


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


def test_unauthenticated_peers_are_invited_to_say_hello_and_a_bye_is_not_answered() -> None:
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
    assert session.grant(0) is not None


def test_what_the_transport_could_not_send_is_taken_back() -> None:
    session = joined()
    send_frame(session, 0)
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


def test_wishes_of_receivers_bound_rate_and_pace() -> None:
    session = new_session()
    assert session.grant(0) is None, "nobody is there"
    session.receive(b"a", pack(replace(HELLO, max_fps=5.0, max_kbps=32.0)), 0)
    grant = session.grant(0)
    assert grant is not None and (grant.frame_interval_us, grant.rate_bps) == (200_000, 32_000)
    session.receive(b"b", pack(replace(HELLO, instance=6)), 0)
    grant = session.grant(0)
    assert grant is not None and grant.rate_bps == START_BPS
    assert grant.frame_interval_us == 50_000 and grant.paired, "so few that two share a message"


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
    send_frame(session, 0)
    session.receive(PEER, pack(Ack(sequence=0)), 1000)
    [receiver] = session.receivers
    receiver.window = CongestionWindow(frames=1, wire_bytes=10_000)
    send_frame(session, 100_000)
    grant = begun(session, 200_000)
    receiver.window = STOP_AND_WAIT
    session.send_frame(grant, coded(grant), 200_000)
    assert [frame.sequence for frame in receiver.in_flight] == [1, 2] and receiver.in_step
    assert session.grant(300_000) is None


def test_a_receiver_that_joins_while_a_frame_is_coded_waits_for_a_keyframe_of_its_own() -> None:
    session = joined()
    grant = begun(session, 1000)
    session.receive(b"late", pack(replace(HELLO, instance=6)), 2000)
    session.send_frame(grant, coded(grant), 3000)
    first, late = session.receivers
    assert len(first.in_flight) == 1 and not late.in_flight
    own = session.grant(600_000)
    assert own is not None and own.keyframe and own.receivers == {late.session}


def test_a_receiver_that_leaves_while_a_frame_is_coded_gets_nothing_even_if_it_returns() -> None:
    session = joined()
    grant = begun(session, 1000)
    session.receive(PEER, pack(Bye()), 2000)
    session.receive(PEER, pack(HELLO), 2500)
    session.send_frame(grant, coded(grant), 3000)
    assert not session.receivers[0].in_flight


@pytest.mark.parametrize("field", ["max_fps", "max_kbps"])
@pytest.mark.parametrize("value", [5e-324, 1e-9, 0.1, 1.0, 1000.0, 1e7, 1e308, float("nan")])
def test_no_limit_that_a_receiver_may_ask_for_stops_the_sender(field: str, value: float) -> None:
    session = new_session()
    number = {"max_kbps": 6, "max_fps": 7}[field]
    data = msgspec.msgpack.encode({0: 1, 1: PROTOCOL_VERSION, 2: 1, 3: 5, 4: [{1: "jpeg"}], number: value})
    session.receive(PEER, data, 0)
    for now_us in range(0, 4_000_000, 500_000):
        session.messages_to_send(now_us)
        if session.grant(now_us) is not None:
            send_frame(session, now_us)
        session.next_timer_us(now_us)


def test_a_receiver_of_version_2_is_rejected_in_its_own_form() -> None:
    session = new_session()
    session.receive(PEER, msgspec.msgpack.encode({0: 1, 1: 2, 2: 1, 3: 5, 4: [{1: "gan", 2: "old"}]}), 0)
    [reject] = session.messages_to_send(0)
    text = (
        "the sender speaks protocol version 3, the receiver version 2: "
        "update narrowcast on the receiver's machine"
    )
    assert msgspec.msgpack.decode(reject.data) == {0: 3, 1: 3, 2: 1, 3: text}


def test_a_receiver_whose_message_led_to_an_error_is_dropped() -> None:
    session = joined()
    session.peer_failed(b"somebody else", "its message led to ValueError here", 0)
    assert session.knows(PEER)
    session.peer_failed(PEER, "its message led to ValueError here", 0)
    assert not session.knows(PEER)
