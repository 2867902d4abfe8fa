"""Receivers join, are rejected and are dropped."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.events import (
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    SenderEvent,
)
from narrowcast.protocol.session.outbox import Outbox
from narrowcast.protocol.session.receiver_registry import ReceiverRegistry
from narrowcast.protocol.wire.messages import Message
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    Bye,
    Reject,
    Role,
    Welcome,
)
from tests.protocol.sending import HELLO, PEER, STREAM


class Registry(ReceiverRegistry):
    """A registry whose answers and events can be read."""

    def __init__(self) -> None:
        self.outbox = Outbox(lambda message, now_us: message)
        self.events: list[SenderEvent] = []
        super().__init__(SenderSessionConfig(stream=STREAM, epoch=9, instance=77), self.outbox, self.events)

    def answers(self) -> list[Message]:
        return [outgoing.message for outgoing in self.outbox.drain(0)]


def joined() -> Registry:
    registry = Registry()
    assert registry.hello(PEER, HELLO, 0)
    registry.answers()
    registry.events.clear()
    return registry


def test_hello_is_answered_with_welcome_and_a_repeat_starts_no_new_session() -> None:
    registry = Registry()
    assert registry.hello(PEER, replace(HELLO, name="cam\x1b[2J"), 0)
    welcome = Welcome(version=PROTOCOL_VERSION, session=1, epoch=9, parameters=STREAM)
    assert registry.answers() == [welcome]
    assert registry.events == [ReceiverJoined(peer=PEER, session=1, name="cam?[2J")]
    assert not registry.hello(PEER, HELLO, 1_000_000)
    assert registry.answers() == [welcome]
    assert len(registry.events) == 1


def test_a_late_hello_of_the_same_receiver_replaces_its_session() -> None:
    registry = joined()
    assert registry.hello(b"new connection", HELLO, 4_000_000)
    assert [receiver.peer for receiver in registry.all] == [b"new connection"]
    assert [type(event).__name__ for event in registry.events] == ["ReceiverLeft", "ReceiverJoined"]


def test_unfit_receivers_are_rejected_and_reported_once() -> None:
    registry = Registry()
    for _ in range(3):
        assert not registry.hello(PEER, replace(HELLO, version=PROTOCOL_VERSION + 1), 0)
    assert [type(message) for message in registry.answers()] == [Reject] * 3
    assert [type(event) for event in registry.events] == [ReceiverRejected]
    assert not registry.all


def test_two_senders_that_meet_are_reported_once() -> None:
    registry = Registry()
    for _ in range(2):
        assert not registry.hello(PEER, replace(HELLO, role=Role.SENDER), 0)
    [event] = registry.events
    assert isinstance(event, PeerIncompatible) and "start a receiver" in event.text


def test_a_silent_receiver_is_dropped_and_may_come_back() -> None:
    registry = joined()
    assert registry.timers_us() == [10_000_000]
    registry.check(9_999_999)
    assert registry.answers() == []
    registry.check(10_000_000)
    [bye] = registry.answers()
    assert isinstance(bye, Bye) and bye.say_hello
    [left] = registry.events
    assert isinstance(left, ReceiverLeft) and left.reason == "nothing heard from it for 10 s"
    assert registry.timers_us() == []


def test_a_receiver_that_takes_no_frame_is_reported_and_later_dropped_though_it_talks() -> None:
    registry = joined()
    grant = registry.frames.grant(0)
    assert grant is not None
    registry.frames.begin(grant)
    registry.frames.send(grant, grant.frame(payload=b"x", keyframe=True, capture_sender_us=0), 0)
    for second in range(1, 31):
        registry.all[0].last_heard_us = 1_000_000 * second
        registry.check(1_000_000 * second)
    assert not registry.all
    stalled, left = registry.events
    assert isinstance(stalled, ReceiverStalled) and stalled.stalled_us == 2_000_000
    assert isinstance(left, ReceiverLeft) and left.reason == "it took no frame for 30 s"
