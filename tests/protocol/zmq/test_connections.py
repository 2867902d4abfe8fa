"""Real TCP connections, cut by their descriptors."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from protocol.zmq.connections import Connections


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
