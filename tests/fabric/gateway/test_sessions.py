"""The receivers of a gateway, each with a session of its own; bytes and times are passed in."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.fabric.gateway.chain import FrameChain
from narrowcast.fabric.gateway.sessions import GatewaySessions
from narrowcast.protocol import (
    CodecOffer,
    LinkDown,
    LinkUp,
    ReceiverSession,
    ReceiverSessionConfig,
    Rejected,
    StillFailed,
)
from tests.fabric.fabric_samples import STREAM, frames, unpacked


class World:
    """A gateway and receivers that reach it at once, in a time of their own."""

    def __init__(self, max_receivers: int = 4) -> None:
        self.now_us = 10_000_000
        self.chain = FrameChain()
        self.gateway = GatewaySessions(
            self.chain, max_receivers=max_receivers, keys=False, captured_us=lambda frame: self.now_us - 1000
        )
        self.receivers: dict[bytes, ReceiverSession] = {}
        self.taken: dict[bytes, list[bytes]] = {}
        self.happened: dict[bytes, list[object]] = {}

    def join(self, name: bytes) -> None:
        config = ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=len(self.receivers) + 1)
        self.receivers[name] = ReceiverSession(config)
        self.taken[name], self.happened[name] = [], []

    def run(self, steps: int = 40, *, idle: bytes = b"") -> None:
        """Let time pass; the receiver `idle` takes no frame."""
        for _ in range(steps):
            self.now_us += 10_000
            for name, receiver in self.receivers.items():
                while name != idle and (frame := receiver.take_frame(self.now_us)) is not None:
                    self.taken[name].append(frame.payload)
                for message in receiver.messages_to_send(self.now_us):
                    self.gateway.receive(name, message.data, self.now_us)
            for message in self.gateway.messages_to_send(self.now_us):
                self.receivers[message.peer].receive(b"", message.data, self.now_us)
            self.gateway.events()
            for name, receiver in self.receivers.items():
                self.happened[name] += receiver.events()

    def put(self, first: int, count: int) -> None:
        for each in unpacked(frames(20))[first : first + count]:
            self.chain.put(each)


def payloads(*numbers: int) -> list[bytes]:
    return [b"frame %d" % number for number in numbers]


def test_who_joins_begins_at_the_last_keyframe_and_follows() -> None:
    world = World()
    world.gateway.serve(STREAM)
    world.put(0, 3)
    world.join(b"a")
    world.run()
    assert world.taken[b"a"] == payloads(0, 1, 2) and world.gateway.receivers == 1
    world.put(3, 1)
    world.join(b"b")
    world.run()
    assert world.taken[b"a"] == payloads(0, 1, 2, 3) and world.taken[b"b"] == payloads(0, 1, 2, 3)
    assert (world.gateway.frames_sent, world.gateway.bytes_sent) == (8, 8 * len(b"frame 0"))


def test_who_is_slow_keeps_nobody_waiting_and_goes_on_at_a_keyframe() -> None:
    world = World()
    world.gateway.serve(STREAM)
    world.join(b"slow")
    world.join(b"fast")
    world.put(0, 1)
    world.run()
    for number in range(1, 12):
        world.put(number, 1)
        world.run(10, idle=b"slow")
    world.run()
    assert world.taken[b"fast"] == payloads(*range(12))
    assert world.taken[b"slow"][-2:] == payloads(10, 11) and len(world.taken[b"slow"]) < 12


def test_before_there_is_a_stream_nobody_is_answered() -> None:
    world = World()
    world.join(b"a")
    world.run()
    assert not world.happened[b"a"] and world.gateway.next_timer_us(0) == 500_000
    world.gateway.serve(STREAM)
    world.put(0, 1)
    world.run(100)
    assert isinstance(world.happened[b"a"][0], LinkUp) and world.gateway.knows(b"a")
    assert not world.gateway.knows(b"b") and not world.gateway.take_reconnect()


def test_a_stream_that_changes_begins_anew() -> None:
    world = World()
    world.gateway.serve(STREAM)
    world.put(0, 1)
    world.join(b"a")
    world.run()
    world.gateway.serve(STREAM)
    assert world.gateway.receivers == 1
    world.gateway.serve(replace(STREAM, width=128))
    world.run(100)
    kinds = [type(event) for event in world.happened[b"a"]]
    assert kinds[:3] == [LinkUp, LinkDown, LinkUp]


def test_no_more_receivers_are_taken_than_allowed() -> None:
    world = World(max_receivers=1)
    world.gateway.serve(STREAM)
    world.put(0, 1)
    for name in (b"a", b"b"):
        world.join(name)
    world.run()
    assert world.gateway.receivers == 1
    (rejected,) = world.happened[b"b"]
    assert isinstance(rejected, Rejected) and "as many receivers as it takes" in rejected.text
    world.gateway.receive(b"c", b"nonsense", world.now_us)
    world.receivers[b"a"].close("enough")
    world.run(700)
    assert world.taken[b"b"] == payloads(0)


def test_an_exact_picture_is_not_there() -> None:
    world = World()
    world.gateway.serve(STREAM)
    world.put(0, 1)
    world.join(b"a")
    world.run()
    world.receivers[b"a"].request_still(0)
    world.run(200)
    (failed,) = [event for event in world.happened[b"a"] if isinstance(event, StillFailed)]
    assert "no exact pictures" in failed.reason
