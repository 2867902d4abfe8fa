"""What a listening socket hears of its connections, and that one can be ended."""

from __future__ import annotations

from protocol.zmq.connection_events import ConnectionClosed, ConnectionCut, ConnectionOpened
from protocol.zmq.transport import Transport, TransportConfig
from tests.protocol.secure_sockets import ROUNDS, connect_plain, talk


def test_connections_come_and_go_and_a_cut_one_comes_back() -> None:
    server = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    with server, connect_plain(server.url) as client:
        packet = talk(server, client)
        assert ConnectionOpened(connection=packet.connection) in server.connection_events()
        server.cut(packet.connection, "for a test")
        assert ConnectionCut(address="127.0.0.1", reason="for a test") in server.connection_events()
        assert talk_anew(server, client, packet.peer)
        assert ConnectionClosed(connection=packet.connection) in server.connection_events()


def talk_anew(server: Transport, client: Transport, old_peer: bytes) -> bool:
    """Whether a message comes through under another name: over another connection."""
    return any(talk(server, client).peer != old_peer for _ in range(ROUNDS))


def test_a_connection_that_was_never_there_cannot_be_cut() -> None:
    with Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as server:
        server.cut(10_000, "for a test")
        assert server.connection_events() == [ConnectionCut(address="", reason="for a test")]
