"""CURVE on ZeroMQ's sockets: key pairs, who may come in, and the proof at start that nobody else may."""

from __future__ import annotations

import time
from collections.abc import Callable

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from protocol.errors import TransportError
from protocol.keys import KeyPair, Security
from protocol.zmq.connection_events import StrangerRefused
from protocol.zmq.zap import judge

_ZAP_ENDPOINT = "inproc://zeromq.zap.01"
_ZAP_DOMAIN = b"narrowcast"

_PROOF_S = 3.0
"A refusal on this machine takes milliseconds; this is for one that is very busy."
_PROOF_POLL_MS = 5


def make_key_pair() -> KeyPair:
    """Draw new keys."""
    public, secret = zmq.curve_keypair()
    return KeyPair(public=z85.decode(public), secret=z85.decode(secret))


def key_pair_of(secret: bytes) -> KeyPair:
    """The pair that a secret key belongs to."""
    return KeyPair(public=z85.decode(zmq.curve_public(z85.encode(secret))), secret=secret)


def use_keys(socket: zmq.Socket[bytes], security: Security, *, bind: bool) -> None:
    """Make a socket speak CURVE and nothing else; before it is opened."""
    if not zmq.has("curve"):
        raise TransportError(
            "this ZeroMQ was built without keys (CURVE): pip install --force-reinstall pyzmq"
        )
    socket.setsockopt(zmq.CURVE_PUBLICKEY, security.own.public)
    socket.setsockopt(zmq.CURVE_SECRETKEY, security.own.secret)
    if not bind:
        if security.other is None:
            raise TransportError(
                "to connect with keys, the other side's key is needed: give its whole address"
            )
        socket.setsockopt(zmq.CURVE_SERVERKEY, security.other)
        return
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    # Both together: where for any reason nobody answers for the list, nobody comes in.
    socket.setsockopt(zmq.ZAP_DOMAIN, _ZAP_DOMAIN)
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)


class Gate:
    """Answers libzmq's question, for each connection, whether its key may come in."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], security: Security) -> None:
        """Open it before the socket that it guards."""
        self._allowed = security.allowed
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(_ZAP_ENDPOINT)

    def answer(self) -> list[StrangerRefused]:
        """Answer what is asked at the moment; return who was refused."""
        refused: list[StrangerRefused] = []
        while True:
            try:
                request = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return refused
            verdict = judge(request, self._allowed())
            self.socket.send_multipart(verdict.reply)
            if verdict.key and not verdict.allowed:
                refused.append(StrangerRefused(key=verdict.key, address=verdict.address))

    def close(self) -> None:
        """Close it after the socket that it guards."""
        self.socket.close(linger=0)


def prove_closed(url: str, server_key: bytes, gate: Gate) -> None:
    """Knock as a stranger with a key and as one without; TransportError unless both are refused."""
    serve = gate.answer
    with zmq.Context() as context:
        for keys in (make_key_pair(), None):
            with context.socket(zmq.DEALER) as stranger:
                stranger.setsockopt(zmq.LINGER, 0)
                stranger.setsockopt(zmq.IPV6, int("[" in url))
                if keys is not None:
                    use_keys(stranger, Security(own=keys, other=server_key), bind=False)
                _knock(stranger, url, serve)


def _knock(stranger: zmq.Socket[bytes], url: str, serve: Callable[[], object]) -> None:
    """Connect and wait for the refusal."""
    events = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    events |= zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    monitor = stranger.get_monitor_socket(events)
    try:
        stranger.connect(url)
        deadline_s = time.monotonic() + _PROOF_S
        while time.monotonic() < deadline_s:
            serve()
            if monitor.poll(_PROOF_POLL_MS):
                if recv_monitor_message(monitor)["event"] != zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    return
                raise TransportError(
                    f"{url} let a stranger in when it tested itself: not started; reinstall pyzmq"
                )
    finally:
        stranger.disable_monitor()
        monitor.close(linger=0)
    raise TransportError(
        f"{url} did not answer when it tested whether strangers are refused: not started; "
        "does a firewall on this machine block its own address?"
    )
