"""Transports with keys for the tests, and a loop that lets several of them work."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast.protocol.keys import KeyPair, Security
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.zmq.connection_events import HandshakeFailed
from narrowcast.protocol.zmq.curve import make_key_pair
from narrowcast.protocol.zmq.transport import Packet, Transport, TransportConfig

SERVER, FRIEND, STRANGER = make_key_pair(), make_key_pair(), make_key_pair()
ROUNDS = 400
"Polls of 10 ms before a test gives up."


def listen_secure(allowed: Callable[[], frozenset[bytes]]) -> Transport:
    """Listen with the server's keys."""
    security = Security(own=SERVER, allowed=allowed)
    return Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True, security=security))


def connect_secure(url: str, own: KeyPair, other: bytes) -> Transport:
    """Connect with keys."""
    return Transport(TransportConfig(url=url, bind=False, security=Security(own=own, other=other)))


def connect_plain(url: str) -> Transport:
    """Connect without keys."""
    return Transport(TransportConfig(url=url, bind=False))


def refusal(server: Transport, client: Transport) -> HandshakeFailed:
    """Let both work, the client trying to talk, until it is told off; nothing may get through."""
    for _ in range(ROUNDS):
        client.send(b"", b"let me in")
        assert server.poll(5) == []
        assert client.poll(5) == []
        for event in client.connection_events():
            if isinstance(event, HandshakeFailed):
                return event
    raise AssertionError("it was never told")


def talk(server: Transport, client: Transport) -> Packet:
    """Send a message through; returns it as the server got it."""
    for _ in range(ROUNDS):
        sent = client.send(b"", b"hello") is SendOutcome.SENT
        for _ in range(ROUNDS if sent else 1):
            packets = server.poll(5)
            client.poll(5)
            if packets:
                return packets[0]
    raise AssertionError("nothing got through")
