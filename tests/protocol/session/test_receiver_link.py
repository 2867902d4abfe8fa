"""The receiver's session, message by message: how it finds its sender, and how it loses it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.session.events import (
    LinkDown,
    LinkUp,
    NoAnswer,
    PeerIncompatible,
    Rejected,
)
from narrowcast.protocol.session.liveness import SILENCE_US
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.wire.messages import Ping, Pong
from narrowcast.protocol.wire.packing import pack
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    Bye,
    CodecOffer,
    Hello,
    Reject,
    RejectCode,
    Role,
)
from tests.protocol.receiving import (
    KEYFRAME,
    STREAM,
    WELCOME,
    linked,
    new_session,
    sent,
)


def test_hello_is_repeated_every_second_and_the_silence_is_told() -> None:
    session = new_session()
    hellos = [message for second in range(11) for message in sent(session, second * 1_000_000)]
    assert len(hellos) == 11
    assert hellos[0] == Hello(
        version=PROTOCOL_VERSION,
        role=Role.RECEIVER,
        instance=5,
        codecs=(CodecOffer(name="jpeg"),),
        name="here",
    )
    assert session.events() == [NoAnswer(waited_us=5_000_000), NoAnswer(waited_us=10_000_000)]


def test_welcome_brings_the_link_up_once() -> None:
    session = new_session()
    session.receive(b"", pack(WELCOME), 0)
    session.receive(b"", pack(WELCOME), 1)
    assert session.events() == [LinkUp(stream=STREAM, session=1)]
    assert session.linked and session.stream == STREAM


def test_the_name_of_a_stream_is_safe_to_print_and_short() -> None:
    session = new_session()
    welcome = replace(WELCOME, parameters=replace(STREAM, name="yard\x1b[2J\n"))
    for now_us in (0, 1):
        session.receive(b"", pack(welcome), now_us)
    assert session.events() == [LinkUp(stream=replace(STREAM, name="yard?[2J?"), session=1)]
    with pytest.raises(MessageError, match="length <= 32"):
        pack(replace(WELCOME, parameters=replace(STREAM, name="x" * 33)))


def test_welcome_to_a_codec_that_was_never_offered_is_refused() -> None:
    session = new_session()
    session.receive(b"", pack(replace(WELCOME, parameters=replace(STREAM, codec="gan"))), 0)
    [event] = session.events()
    assert isinstance(event, Rejected) and event.code == RejectCode.CODEC
    assert not session.linked and not event.final, "no stream of a sender's ends a receiver"


def test_a_size_beyond_the_limit_is_refused_and_the_sender_is_told_and_asked_again() -> None:
    session = new_session(max_pixels=64 * 48)
    large = pack(replace(WELCOME, parameters=replace(STREAM, width=16384, height=16384)))
    for now_us in (0, 5_000_000):  # told once
        session.receive(b"", large, now_us)
        [bye] = sent(session, now_us)
        assert isinstance(bye, Bye) and "16384x16384" in bye.reason and "--max-size" in bye.reason
        assert not session.linked
    [event] = [event for event in session.events() if not isinstance(event, NoAnswer)]
    assert isinstance(event, Rejected) and event.code == RejectCode.LIMITS and not event.final
    assert [type(message) for message in sent(session, 10_000_000)] == [Hello]
    session.receive(b"", pack(replace(WELCOME, parameters=replace(STREAM, width=64, height=48))), 10_000_000)
    assert session.linked
    session.receive(b"", large, 10_000_001)  # a change to it ends the link
    assert not session.linked


def test_rejection_is_told_and_only_a_full_sender_is_asked_again() -> None:
    session = new_session()
    sent(session, 0)
    full = Reject(version=PROTOCOL_VERSION, code=RejectCode.FULL, text="full\x07")
    session.receive(b"", pack(full), 100)
    assert session.events() == [Rejected(code=RejectCode.FULL, text="full?", final=False)]
    assert sent(session, 4_000_000) == []
    assert len(sent(session, 5_000_100)) == 1
    session.receive(b"", pack(replace(full, code=RejectCode.MODEL)), 6_000_000)
    assert sent(session, 60_000_000) == []


def test_another_epoch_means_a_new_sender() -> None:
    session = linked()
    pong = Pong(number=1, epoch=10, ping_sent_receiver_us=1, ping_received_sender_us=2, pong_sent_sender_us=3)
    session.receive(b"", pack(pong), 100)
    [event] = session.events()
    assert isinstance(event, LinkDown) and not event.ended
    assert [type(message) for message in sent(session, 100)] == [Hello]


def test_say_hello_is_followed_at_once() -> None:
    session = linked()
    session.receive(b"", pack(Bye(reason="who are you", say_hello=True)), 100)
    assert [type(message) for message in sent(session, 100)] == [Hello]


def test_binding_receiver_waits_for_a_sender_and_serves_one_at_a_time() -> None:
    session = new_session(connects=False)
    assert sent(session, 0) == []
    announcement = Hello(version=PROTOCOL_VERSION, role=Role.SENDER, instance=77)
    session.receive(b"first", pack(announcement), 10)
    [hello] = session.messages_to_send(10)
    assert hello.peer == b"first" and isinstance(hello.message, Hello)
    session.receive(b"first", pack(WELCOME), 20)
    session.messages_to_send(20)
    session.receive(b"second", pack(replace(announcement, instance=78)), 30)
    [bye] = session.messages_to_send(30)
    assert bye.peer == b"second" and isinstance(bye.message, Bye)
    session.receive(b"second", pack(KEYFRAME), 40)
    assert session.frames_waiting == 0
    session.receive(b"first again", pack(announcement), 50)
    [hello] = session.messages_to_send(50)
    assert hello.peer == b"first again"
    assert [type(event) for event in session.events()] == [LinkUp, LinkDown]


def test_two_receivers_facing_each_other_say_so_once() -> None:
    session = new_session(connects=False)
    for _ in range(2):
        session.receive(b"p", pack(Hello(version=PROTOCOL_VERSION, role=Role.RECEIVER, instance=1)), 0)
    [event] = session.events()
    assert isinstance(event, PeerIncompatible) and "start a sender" in event.text


def test_a_connecting_socket_that_sends_nothing_has_lost_its_sender() -> None:
    session = linked()
    session.receive(b"", pack(KEYFRAME), 0)
    session.take_frame(0)
    for message in session.messages_to_send(0):
        session.not_sent(message, SendOutcome.FULL, 0)
    assert not session.linked and not session.take_reconnect()
    assert [type(message) for message in sent(session, 100_000)] == [Hello]


def test_silence_ends_the_link_and_asks_for_a_new_connection() -> None:
    session = linked()
    for now_us in range(0, SILENCE_US, 100_000):
        session.messages_to_send(now_us)
        assert session.linked and not session.take_reconnect()
    session.messages_to_send(SILENCE_US)
    assert not session.linked
    assert session.take_reconnect() and not session.take_reconnect()


def test_after_a_sleep_of_our_own_an_answer_is_waited_for() -> None:
    session = linked()
    session.messages_to_send(0)
    hours_us = 7_200_000_000
    assert [type(message) for message in sent(session, hours_us)] == [Ping]
    assert session.linked
    session.receive(b"", pack(KEYFRAME), hours_us + 1000)
    session.messages_to_send(hours_us + 900_000)
    assert session.linked


def test_close_says_goodbye() -> None:
    session = linked()
    session.close("window closed")
    assert sent(session, 0) == [Bye(reason="window closed")]
    assert sent(session, 60_000_000) == []


def test_hello_that_found_no_connection_is_soon_repeated() -> None:
    session = new_session()
    [message] = session.messages_to_send(0)
    session.not_sent(message, SendOutcome.FULL, 0)
    assert session.next_timer_us(0) == 100_000
    assert [type(message) for message in sent(session, 100_000)] == [Hello]


def test_a_sender_whose_message_led_to_an_error_has_no_link_any_more() -> None:
    session = linked()
    session.peer_failed(b"another", "its message led to ValueError here", 50)
    assert session.linked
    session.peer_failed(b"", "its message led to ValueError here", 100)
    assert not session.linked and isinstance(session.events()[-1], LinkDown)
    assert sent(session, 100) == []
    assert [type(message) for message in sent(session, 1_000_000)] == [Hello]
