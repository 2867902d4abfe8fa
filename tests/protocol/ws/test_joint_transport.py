"""Tests of protocol/ws/joint_transport.py: one session, receivers over ZeroMQ and over WebSockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from narrowcast.protocol.session.config import ReceiverSessionConfig, SenderSessionConfig
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.session_messages import CodecOffer, StreamParameters
from narrowcast.protocol.ws.joint_transport import JointTransport
from narrowcast.protocol.ws.peers import WebSocketPeers
from narrowcast.protocol.zmq.link import Link
from narrowcast.protocol.zmq.transport import Transport, TransportConfig
from tests.protocol.sending import send_frame

STREAM = StreamParameters(width=64, height=64, fps=1000.0, codec="jpeg")
STEPS = 500


def clock_us() -> int:
    return time.monotonic_ns() // 1000


def receiver_session(instance: int) -> ReceiverSession:
    return ReceiverSession(ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=instance))


class WebReceiver:
    """A receiver on the other side of a server that hands bytes over."""

    def __init__(self, peers: WebSocketPeers) -> None:
        self.session = receiver_session(2)
        self._peers = peers
        self.connection = peers.open("127.0.0.1", lambda: None) or 0

    def step(self) -> None:
        for data in self._peers.outgoing(self.connection):
            self.session.receive(b"", data, clock_us())
        for message in self.session.messages_to_send(clock_us()):
            assert self._peers.received(self.connection, message.data)


@contextmanager
def joint() -> Iterator[tuple[SenderSession, Link, WebSocketPeers, Link, ReceiverSession]]:
    """A sender of both kinds, and a receiver over ZeroMQ."""
    peers = WebSocketPeers(encrypted=False)
    with (
        Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as socket,
        Transport(TransportConfig(url=socket.url, bind=False)) as other,
    ):
        sender = SenderSession(SenderSessionConfig(stream=STREAM, epoch=1, instance=1))
        receiver = receiver_session(1)
        links = Link(sender, JointTransport(socket, peers), clock_us), Link(receiver, other, clock_us)
        yield sender, links[0], peers, links[1], receiver


def test_one_frame_is_coded_for_both_and_acknowledged_by_both() -> None:
    with joint() as (sender, sending, peers, receiving, receiver):
        web = WebReceiver(peers)
        for _ in range(STEPS):
            sending.step(2)
            receiving.step(2)
            web.step()
            if len(sender.receivers) == 2:
                break
        assert len(sender.receivers) == 2
        send_frame(sender, clock_us())
        payloads: list[bytes] = []
        for _ in range(STEPS):
            sending.step(2)
            receiving.step(2)
            web.step()
            for session in (receiver, web.session):
                frame = session.take_frame(clock_us())
                payloads += [] if frame is None else [frame.payload]
            if not any(state.in_flight for state in sender.receivers) and len(payloads) == 2:
                break
        assert payloads == [b"picture", b"picture"]
        assert not any(state.in_flight for state in sender.receivers)


def test_a_message_of_a_browser_ends_the_wait() -> None:
    with joint() as (_, sending, peers, _receiving, _receiver):
        web = WebReceiver(peers)
        web.step()
        began = time.monotonic()
        sending.step(20_000)
        assert time.monotonic() - began < 10
        assert peers.outgoing(web.connection), "the HELLO is answered at once"


def test_each_kind_is_cut_where_it_is() -> None:
    with joint() as (_, sending, peers, receiving, receiver):
        transport = sending._transport
        web = WebReceiver(peers)
        for _ in range(STEPS):
            sending.step(2)
            receiving.step(2)
            if receiver.linked:
                break
        transport.cut(web.connection, "for a test")
        assert peers.cut_reason(web.connection) == "for a test"
        assert transport.bind and transport.malformed_packets == 0
        transport.accept(False)
        assert peers.open("127.0.0.1", lambda: None) is None
        assert transport.wire_bytes_in > 0 and transport.wire_bytes_out > 0
