"""What a listening socket hears of its connections, and that one can be ended."""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
from collections.abc import Iterator

import pytest

from narrowcast.protocol.zmq.connection_events import ConnectionClosed, ConnectionCut, ConnectionOpened
from narrowcast.protocol.zmq.monitor import Connections
from narrowcast.protocol.zmq.transport import Transport, TransportConfig
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


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end of an accepted connection, and the other one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        other = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
        other.settimeout(5)
        with ours, other:
            yield ours, other


def test_a_cut_connection_ends_for_the_other_side(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, other = pair
    connections = Connections()
    connections.accepted(ours.fileno())
    assert connections.cut(ours.fileno()) == "127.0.0.1"
    assert other.recv(1) == b""


def test_one_that_was_closed_meanwhile_is_left_alone(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, other = pair
    connections = Connections()
    connections.accepted(ours.fileno())
    connections.closed(ours.fileno())
    assert connections.cut(ours.fileno()) == ""
    ours.send(b"x")
    assert other.recv(1) == b"x"


def test_another_file_under_the_same_number_is_left_alone(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, other = pair
    connections = Connections()
    connections.accepted(ours.fileno())
    with socket.create_server(("127.0.0.1", 0)) as server:
        newer = socket.create_connection(server.getsockname())
        os.dup2(newer.fileno(), ours.fileno())
        with newer, server.accept()[0] as accepted:
            connections.cut(ours.fileno())
            newer.send(b"x")
            accepted.settimeout(5)
            assert accepted.recv(1) == b"x"


def test_a_number_that_is_no_socket_is_no_trouble() -> None:
    connections = Connections()
    connections.accepted(10_000)
    assert connections.cut(10_000) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are accepted and cut")
def test_a_full_socket_lets_newcomers_wait_until_there_is_room() -> None:
    with Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as server:
        server.poll(0)
        server.accept(False)
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.socket() as newcomer:
            newcomer.settimeout(0.2)
            with pytest.raises(TimeoutError):
                newcomer.connect(address)
            server.accept(True)
            _, connected, _ = select.select([], [newcomer], [], 10)  # TCP repeats the attempt
            assert connected and newcomer.getpeername() == address


def test_with_no_descriptor_left_a_connection_is_cut_all_the_same(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(descriptor: int) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    ours, other = pair
    connections = Connections()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "dup", no_more)
        connections.accepted(ours.fileno())
        assert connections.cut(ours.fileno()) == "127.0.0.1"
    assert other.recv(1) == b"" and ours.fileno() >= 0
