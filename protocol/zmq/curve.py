"""CURVE on ZeroMQ's sockets: key pairs, the check of each key, and a test that others are refused."""

from __future__ import annotations

import time
from collections.abc import Callable

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import KeyPair, Security
from narrowcast.protocol.zmq.connection_events import UnknownKeyRefused
from narrowcast.protocol.zmq.zap import judge

_ZAP_ENDPOINT = "inproc://zeromq.zap.01"
_ZAP_DOMAIN = b"narrowcast"

_PROOF_S = 3.0
"A refusal on this machine takes milliseconds, and longer only where it is very busy."
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
    # Both together: where for any reason no handler answers, every connection is refused.
    socket.setsockopt(zmq.ZAP_DOMAIN, _ZAP_DOMAIN)
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)


class ZapHandler:
    """Answers, for each connection, libzmq's request whether its key is allowed (ZeroMQ RFC 27)."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], security: Security) -> None:
        """Open it before the socket whose connections it checks."""
        self._allowed = security.allowed
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(_ZAP_ENDPOINT)

    def answer(self) -> list[UnknownKeyRefused]:
        """Answer the requests that wait at the moment; return which keys were refused."""
        refused: list[UnknownKeyRefused] = []
        while True:
            try:
                request = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return refused
            verdict = judge(request, self._allowed())
            self.socket.send_multipart(verdict.reply)
            if verdict.key and not verdict.allowed:
                refused.append(UnknownKeyRefused(key=verdict.key, address=verdict.address))

    def close(self) -> None:
        """Close it after the socket whose connections it checks."""
        self.socket.close(linger=0)


def verify_refusals(url: str, server_key: bytes, handler: ZapHandler) -> None:
    """Connect once with an unknown key and once without any; TransportError unless both are refused."""
    serve = handler.answer
    with zmq.Context() as context:
        for keys in (make_key_pair(), None):
            with context.socket(zmq.DEALER) as client:
                client.setsockopt(zmq.LINGER, 0)
                client.setsockopt(zmq.IPV6, int("[" in url))
                if keys is not None:
                    use_keys(client, Security(own=keys, other=server_key), bind=False)
                _expect_refusal(client, url, serve)


def _expect_refusal(client: zmq.Socket[bytes], url: str, serve: Callable[[], object]) -> None:
    """Connect and wait for the refusal."""
    events = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    events |= zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    monitor = client.get_monitor_socket(events)
    try:
        client.connect(url)
        deadline_s = time.monotonic() + _PROOF_S
        while time.monotonic() < deadline_s:
            serve()
            if monitor.poll(_PROOF_POLL_MS):
                if recv_monitor_message(monitor)["event"] != zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    return
                raise TransportError(
                    f"{url} accepted an unknown key when it tested itself: not started; reinstall pyzmq"
                )
    finally:
        client.disable_monitor()
        monitor.close(linger=0)
    raise TransportError(
        f"{url} did not answer when it tested whether unknown keys are refused: not started; "
        "does a firewall on this machine block its own address?"
    )
