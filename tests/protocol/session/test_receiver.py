"""The receiver's session, message by message: frames, keyframes, acknowledgements, reports."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.session.events import (
    FramesMissed,
    KeyframeRequested,
    LinkDown,
)
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.wire.messages import Ack, KeyframeRequest, Pong, Report
from narrowcast.protocol.wire.packing import pack, unpack_all
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    Bye,
    Hello,
    Role,
)
from tests.protocol.receiving import (
    INTER,
    KEYFRAME,
    WELCOME,
    linked,
    new_session,
    sent,
    without_pings,
)


def test_frame_is_completed_from_welcome_and_acknowledged_when_taken() -> None:
    session = linked()
    session.receive(b"", pack(KEYFRAME), 1000)
    assert session.frames_waiting == 1
    assert without_pings(sent(session, 1000)) == []
    frame = session.take_frame(4000)
    assert frame is not None
    assert (frame.payload, frame.codec, frame.width, frame.height) == (b"key", "jpeg", 64, 48)
    assert (frame.capture_sender_us, frame.send_sender_us) == (10, 210)
    assert (frame.arrival_local_us, frame.network_us, frame.capture_local_us) == (1000, None, None)
    assert without_pings(sent(session, 4000)) == [Ack(sequence=0, hold_us=3000)]
    assert session.take_frame(5000) is None


def test_broken_chain_asks_for_a_keyframe_gives_the_credit_back_and_asks_again_later() -> None:
    session = linked()
    session.receive(b"", pack(KEYFRAME), 0)
    session.take_frame(0)
    sent(session, 0)
    session.receive(b"", pack(replace(INTER, sequence=3)), 1000)
    request = KeyframeRequest(after_sequence=3, reason="frame 3 builds on 2, the last one here is 0")
    assert without_pings(sent(session, 1000)) == [Ack(sequence=3), request]
    assert session.frames_missed == 3
    assert session.events() == [FramesMissed(count=2), KeyframeRequested(reason=request.reason)]
    assert without_pings(sent(session, 1_900_000)) == []
    assert without_pings(sent(session, 2_001_000)) == [request]
    session.receive(b"", pack(replace(KEYFRAME, sequence=4)), 2_100_000)
    assert without_pings(sent(session, 5_000_000)) == []


def test_requests_for_new_breaks_are_half_a_second_apart() -> None:
    session = linked()
    requests_us = []
    for sequence, now_us in enumerate(range(0, 2_000_000, 50_000)):
        session.receive(b"", pack(replace(KEYFRAME, sequence=sequence)), now_us)
        session.take_frame(now_us)
        session.decode_failed("checksum", now_us)
        if any(isinstance(message, KeyframeRequest) for message in sent(session, now_us)):
            requests_us.append(now_us)
    assert requests_us == [0, 500_000, 1_000_000, 1_500_000]


def test_decode_failure_throws_useless_frames_away_with_their_credit() -> None:
    session = linked()
    session.receive(b"", pack(KEYFRAME), 0)
    session.take_frame(0)
    session.receive(b"", pack(INTER), 10)
    session.decode_failed("checksum", 20)
    assert session.frames_waiting == 0
    messages = without_pings(sent(session, 20))
    assert messages[:2] == [Ack(sequence=0), Ack(sequence=1, hold_us=10)]
    assert isinstance(messages[2], KeyframeRequest)
    session.decode_failed("again", 30)
    assert [type(event) for event in session.events()] == [KeyframeRequested]


def test_pings_come_quickly_first_and_pongs_set_the_clock() -> None:
    session = linked()
    pings = sum(len(sent(session, now_us)) for now_us in range(0, 1_100_000, 10_000))
    assert 4 <= pings <= 8
    session.receive(
        b"",
        pack(
            Pong(
                number=1,
                epoch=9,
                ping_sent_receiver_us=1000,
                ping_received_sender_us=501_500,
                pong_sent_sender_us=501_600,
            )
        ),
        2100,
    )
    assert session.clock.offset_us(2100) == 500_000
    session.receive(b"", pack(replace(KEYFRAME, capture_sender_us=502_000, send_delay_us=500)), 3000)
    frame = session.take_frame(3000)
    assert frame is not None and frame.network_us == 500


def test_malformed_and_misplaced_messages_are_counted_and_the_session_lives() -> None:
    session = linked()
    for data in (b"", b"\xc1", pack(Ack(sequence=1)), bytes(10_000)):
        session.receive(b"", data, 0)
    assert session.malformed_messages == 4
    session.receive(b"", pack(KEYFRAME), 0)
    assert session.take_frame(0) is not None


def test_payload_over_the_limit_is_dropped() -> None:
    session = linked()
    session.config = replace(session.config, max_payload_bytes=5000)
    session.receive(b"", pack(replace(KEYFRAME, payload=bytes(5001))), 0)
    assert session.malformed_messages == 1 and session.frames_waiting == 0


def test_acks_that_a_listening_socket_could_not_send_are_tried_again() -> None:
    session = new_session(connects=False)
    session.receive(b"s", pack(Hello(version=PROTOCOL_VERSION, role=Role.SENDER, instance=1)), 0)
    session.messages_to_send(0)
    session.receive(b"s", pack(WELCOME), 0)
    session.receive(b"s", pack(KEYFRAME), 0)
    session.take_frame(0)
    session.send_report(Report(fps=3.0))
    for message in session.messages_to_send(0):
        session.not_sent(message, SendOutcome.FULL, 0)
    assert without_pings(sent(session, 1)) == [Ack(sequence=0)]
    session.receive(b"s", pack(INTER), 2)
    session.take_frame(2)
    [message] = session.messages_to_send(2)
    session.not_sent(message, SendOutcome.UNREACHABLE, 2)
    assert not session.linked


def test_a_report_rides_on_the_next_ack_and_goes_alone_where_none_comes() -> None:
    session = linked()
    sent(session, 0)
    session.send_report(Report(fps=15.0))
    assert without_pings(sent(session, 10)) == []
    assert session.next_timer_us(10) <= 150_010
    session.receive(b"", pack(KEYFRAME), 1000)
    session.take_frame(4000)
    [message] = session.messages_to_send(4000)
    assert unpack_all(message.data) == [Report(fps=15.0), Ack(sequence=0, hold_us=3000)]
    session.send_report(Report(fps=14.0))
    assert without_pings(sent(session, 5000)) == []
    assert without_pings(sent(session, 160_000)) == [Report(fps=14.0)]


def test_what_a_pong_says_of_coding_holds_for_the_frames_behind_it() -> None:
    session = linked()
    pong = Pong(
        number=1,
        epoch=9,
        ping_sent_receiver_us=1,
        ping_received_sender_us=2,
        pong_sent_sender_us=3,
        encode_us=7000,
        quality_permille=250,
    )
    session.receive(b"", pack(pong), 100)
    session.receive(b"", pack(KEYFRAME), 1000)
    frame = session.take_frame(1000)
    assert frame is not None and (frame.encode_us, frame.quality) == (7000, 0.25)


def test_asking_for_something_else_says_goodbye_and_hello_with_the_new_limits() -> None:
    session = linked()
    session.ask_again(replace(session.config, max_kbps=64.0, max_fps=5.0), 1000)
    goodbye, hello = sent(session, 1000)
    assert isinstance(goodbye, Bye) and isinstance(hello, Hello)
    assert (hello.max_kbps, hello.max_fps, hello.instance) == (64, 5, session.config.instance)
    assert not session.linked and [event for event in session.events() if isinstance(event, LinkDown)]
    session.receive(b"", pack(replace(WELCOME, session=WELCOME.session + 1)), 2000)
    session.receive(b"", pack(KEYFRAME), 3000)
    assert session.linked and session.take_frame(3000) is not None


def test_limits_that_are_asked_for_before_there_is_a_link_are_in_the_first_hello() -> None:
    session = new_session()
    session.ask_again(replace(session.config, max_fps=1.0), 0)
    (hello,) = sent(session, 0)
    assert isinstance(hello, Hello) and hello.max_fps == 1
