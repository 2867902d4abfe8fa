"""Keys on real sockets: which are accepted, which are refused, and what an unauthenticated peer learns."""

from __future__ import annotations

import socket

import pytest
import zmq

from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import Security
from narrowcast.protocol.zmq.connection_events import (
    ConnectionClosed,
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    UnknownKeyRefused,
)
from narrowcast.protocol.zmq.curve import ZapHandler, key_pair_of, make_key_pair, use_keys, verify_refusals
from narrowcast.protocol.zmq.transport import Transport, TransportConfig
from tests.protocol.secure_sockets import (
    FRIEND,
    ROUNDS,
    SERVER,
    STRANGER,
    connect_plain,
    connect_secure,
    listen_secure,
    refusal,
    talk,
)

GREETING_BYTES = 64
"ZMTP's greeting: a signature, a version, the name CURVE, zeros."


def only_friends() -> frozenset[bytes]:
    return frozenset([FRIEND.public])


def test_a_pair_is_known_by_its_secret() -> None:
    pair = make_key_pair()
    assert key_pair_of(pair.secret) == pair and len(pair.public) == 32 and pair.public != pair.secret


def test_a_friend_gets_in_and_both_ways_work() -> None:
    with listen_secure(only_friends) as server, connect_secure(server.url, FRIEND, SERVER.public) as client:
        packet = talk(server, client)
        assert packet.data == b"hello" and packet.connection > 0
        server.send(packet.peer, b"welcome")
        assert [received.data for received in client.poll(5000)] == [b"welcome"]


def test_a_key_that_is_not_on_the_list_is_refused_and_both_sides_are_told() -> None:
    with listen_secure(only_friends) as server, connect_secure(server.url, STRANGER, SERVER.public) as client:
        event = refusal(server, client)
        assert event == HandshakeFailed(failure=HandshakeFailure.KEY_REFUSED)
        refused = [event for event in server.connection_events() if isinstance(event, UnknownKeyRefused)]
        assert refused[-1] == UnknownKeyRefused(key=STRANGER.public, address="127.0.0.1")


def test_who_is_allowed_later_gets_in_by_trying_again() -> None:
    allowed: set[bytes] = set()
    server = listen_secure(lambda: frozenset(allowed))
    with server, connect_secure(server.url, FRIEND, SERVER.public) as client:
        refusal(server, client)
        allowed.add(FRIEND.public)
        client.reconnect()
        assert talk(server, client).data == b"hello"


def test_a_client_that_expects_another_server_does_not_talk_to_this_one() -> None:
    with listen_secure(only_friends) as server, connect_secure(server.url, FRIEND, STRANGER.public) as client:
        event = refusal(server, client)
        assert event == HandshakeFailed(failure=HandshakeFailure.BROKEN_OFF)


def test_a_plain_client_is_refused() -> None:
    with listen_secure(only_friends) as server, connect_plain(server.url) as client:
        event = refusal(server, client)
        assert event.failure in (HandshakeFailure.MECHANISM, HandshakeFailure.BROKEN_OFF)


def test_a_client_with_keys_does_not_fall_back_to_plain() -> None:
    server = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    with server, connect_secure(server.url, FRIEND, SERVER.public) as client:
        event = refusal(server, client)
        assert event.failure in (HandshakeFailure.MECHANISM, HandshakeFailure.BROKEN_OFF)


def test_an_address_with_a_key_is_not_used_without_keys() -> None:
    with pytest.raises(TransportError, match="not to be used without keys"):
        TransportConfig(url=f"tcp://127.0.0.1:5555?key={'a' * 52}", bind=False)


def test_a_revoked_key_is_cut_off_and_stays_out() -> None:
    allowed = {FRIEND.public}
    server = listen_secure(lambda: frozenset(allowed))
    with server, connect_secure(server.url, FRIEND, SERVER.public) as client:
        connection = talk(server, client).connection
        server.cut_revoked()
        allowed.clear()
        server.cut_revoked()
        cut = [event for event in server.connection_events() if isinstance(event, ConnectionCut)]
        assert len(cut) == 1 and "not allowed any more" in cut[0].reason
        refusal(server, client)  # it comes back by itself, and is not let in
        assert ConnectionClosed(connection=connection) in server.connection_events()


def test_where_the_list_fails_nobody_gets_in() -> None:
    with listen_secure(frozenset) as server, connect_secure(server.url, FRIEND, SERVER.public) as client:
        refusal(server, client)


def test_unauthenticated_peers_learn_that_the_port_is_open_and_nothing_else() -> None:
    with listen_secure(only_friends) as server:
        port = int(server.url.rpartition(":")[2])
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16 + 32)
        for words in (b"", greeting + b"\x04\x05READY", b"GET / HTTP/1.1\r\n\r\n"):
            assert _heard(server, port, words)[GREETING_BYTES:] == b""


def _heard(server: Transport, port: int, words: bytes) -> bytes:
    """Say something to the port; returns all that comes back until it hangs up."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(words)
        peer.setblocking(False)
        for _ in range(ROUNDS):
            assert server.poll(10) == []
            try:
                received = peer.recv(4096)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                break
            if not received:
                break
            heard += received
        else:
            raise AssertionError("it never hung up")
    return heard


def test_a_socket_that_accepts_unknown_keys_is_found_out() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket_:
        security = Security(own=SERVER, allowed=_Everybody)
        handler = ZapHandler(context, security)
        use_keys(socket_, security, bind=True)
        port = socket_.bind_to_random_port("tcp://127.0.0.1")
        with pytest.raises(TransportError, match="accepted an unknown key"):
            verify_refusals(f"tcp://127.0.0.1:{port}", SERVER.public, handler)
        handler.close()


class _Everybody(frozenset[bytes]):
    """A broken list."""

    def __contains__(self, key: object) -> bool:
        return True


def test_a_plain_socket_with_a_handler_is_found_out() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket_:
        handler = ZapHandler(context, Security(own=SERVER))
        port = socket_.bind_to_random_port("tcp://127.0.0.1")
        with pytest.raises(TransportError, match="accepted an unknown key"):
            verify_refusals(f"tcp://127.0.0.1:{port}", SERVER.public, handler)
        handler.close()


def test_connecting_with_keys_needs_the_other_key() -> None:
    with pytest.raises(TransportError, match="whole address"):
        Transport(TransportConfig(url="tcp://127.0.0.1:5555", bind=False, security=Security(own=FRIEND)))


def test_a_zeromq_without_keys_is_told_and_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zmq, "has", lambda capability: False)
    with pytest.raises(TransportError, match="built without keys"):
        listen_secure(only_friends)
