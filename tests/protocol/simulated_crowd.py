"""Prints what a crowd of receivers costs the sender's network thread, in CPU time and in lines of Python.

Network and time are virtual, session and link are the sender's own:
`python -m tests.protocol.simulated_crowd --receivers 16,256,1000`; `--profile` shows where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast

from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.frame_handover import FrameHandover
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.frame_layout import SEQUENCES
from narrowcast.protocol.wire.messages import Ack, Ping
from narrowcast.protocol.wire.packing import pack
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    Hello,
    Role,
    StreamParameters,
)
from narrowcast.protocol.zmq.connection_events import ConnectionEvent, ConnectionOpened
from narrowcast.protocol.zmq.link import Link
from narrowcast.protocol.zmq.transport import Packet, Transport

STREAM = StreamParameters(width=160, height=96, fps=15.0, codec="jpeg")
FRAME_US = round(1e6 / STREAM.fps)
PAYLOAD_BYTES = 1000
ROUND_TRIP_US = 2_000
STEP_US = 20
"From one step of the link to the next."

SETTLE_FRAMES = 20
"Not measured: receivers join, and their links show what they carry."


class CrowdTransport:
    """Stands in for the socket: hands over a few packets a poll, and keeps who was sent something."""

    bind = True

    def __init__(self, receivers: int, packets_a_poll: int) -> None:
        self.packets: deque[Packet] = deque()
        self.sent: list[bytes] = []
        self._packets_a_poll = packets_a_poll
        self._events: list[ConnectionEvent] = [ConnectionOpened(connection=n) for n in range(receivers)]

    def poll(self, timeout_ms: int) -> list[Packet]:
        return [self.packets.popleft() for _ in range(min(self._packets_a_poll, len(self.packets)))]

    def send(self, peer: bytes, data: bytes) -> SendOutcome:
        self.sent.append(peer)
        return SendOutcome.SENT

    def connection_events(self) -> list[ConnectionEvent]:
        events, self._events = self._events, []
        return events

    def accept(self, accepting: bool) -> None:
        """Everybody is there already."""

    def cut_revoked(self) -> None:
        """There are no keys."""


class Crowd:
    """A sender whose receivers acknowledge each frame, all after one round trip and one after the other."""

    def __init__(self, receivers: int, packets_a_poll: int = 1) -> None:
        self.now_us = 1_000_000
        config = SenderSessionConfig(stream=STREAM, epoch=1, instance=1, max_receivers=receivers)
        self.session = SenderSession(config)
        self.frames = self.acks = 0
        self._handover = FrameHandover(self.session)
        self._transport = CrowdTransport(receivers, packets_a_poll)
        self._link = Link(self.session, cast(Transport, self._transport), lambda: self.now_us, receivers)
        for number in range(receivers):
            offer = CodecOffer(name=STREAM.codec)
            hello = Hello(version=PROTOCOL_VERSION, role=Role.RECEIVER, instance=number + 1, codecs=(offer,))
            self._put(b"%d" % number, pack(hello))
            self._put(b"%d" % number, pack(Ping(number=1, sent_receiver_us=self.now_us)))
        self.take_in()

    def _put(self, peer: bytes, data: bytes) -> None:
        self._transport.packets.append(Packet(peer=peer, data=data, connection=int(peer)))

    def _step(self) -> None:
        """Step the link and the hand-over once, as the network thread does."""
        self.now_us += STEP_US
        self._link.step(0)
        if self._handover.exchange(self.now_us):
            self._link.flush()
        self.session.events()

    def take_in(self) -> None:
        """Step until every message is read."""
        while self._transport.packets:
            self._step()

    def send_frame(self) -> None:
        """Code and send a frame where one may be coded; its ACKs are on their way."""
        self._step()
        grant = self._handover.begin()
        if grant is None:
            return
        self.frames += 1
        self._transport.sent.clear()
        self._handover.send(
            grant,
            grant.frame(payload=bytes(PAYLOAD_BYTES), keyframe=grant.keyframe, capture_sender_us=self.now_us),
        )
        self._step()
        self.now_us += ROUND_TRIP_US
        ack = pack(Ack(sequence=grant.sequence % SEQUENCES))
        for peer in dict.fromkeys(self._transport.sent):
            self.acks += 1
            self._put(peer, ack)

    def run(self, frames: int) -> None:
        """Send so many frames at the stream's pace, or as fast as ACKs are read."""
        for _ in range(frames):
            begun_us = self.now_us
            self.send_frame()
            self.take_in()
            self.now_us = max(self.now_us, begun_us + FRAME_US)


class LineCount:
    """How many lines of Python ran."""

    lines = 0


@contextmanager
def counted_lines() -> Iterator[LineCount]:
    """Count the lines of Python that run, those of loops each time anew."""
    count = LineCount()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        count.lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield count
    finally:
        sys.settrace(before)


def main() -> None:
    """Print a row of Markdown for each number of receivers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receivers", default="1,16,64,256,512,1000", help="how many, one after the other")
    parser.add_argument("--packets", type=int, default=1, help="messages that a step of the thread finds")
    parser.add_argument("--frames", type=int, default=20, help="that are measured")
    parser.add_argument("--profile", action="store_true", help="show the functions that take most time")
    arguments = parser.parse_args()
    print("| receivers | CPU a frame, ms | CPU a delivery with its ACK, us |\n|---|---|---|")
    for receivers in map(int, arguments.receivers.split(",")):
        crowd = Crowd(receivers, arguments.packets)
        crowd.run(SETTLE_FRAMES)
        frames, acks = crowd.frames, crowd.acks
        profile = cProfile.Profile()
        if arguments.profile:
            profile.enable()
        start_s = time.process_time()
        crowd.run(arguments.frames)
        cpu_s = time.process_time() - start_s
        profile.disable()
        frame_ms, ack_us = 1e3 * cpu_s / (crowd.frames - frames), 1e6 * cpu_s / (crowd.acks - acks)
        print(f"| {receivers} | {frame_ms:.2f} | {ack_us:.0f} |", flush=True)
        if arguments.profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
