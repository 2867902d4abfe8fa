"""The proxy, with real sockets: what goes in comes out, later, slower, or not at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.network.proxy import ProxyShape, TcpProxy


@contextmanager
def echo_server() -> Iterator[tuple[str, int]]:
    """Give every byte back to whoever sent it, and end a connection when its other side does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass  # broken by a test

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def connect(proxy: TcpProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            break
        data += part
    return data


def send_all(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def test_bytes_come_through_in_order_and_the_end_too() -> None:
    data = bytes(range(256)) * 4000
    with echo_server() as target, TcpProxy(target, ProxyShape(jitter_ms=2)) as proxy:
        with connect(proxy) as connection:
            threading.Thread(target=send_all, args=(connection, data)).start()
            assert receive(connection, len(data) + 1) == data
        assert proxy.forward.passed_bytes == proxy.back.passed_bytes == len(data)


def test_a_frozen_proxy_keeps_sockets_open_and_passes_nothing_until_it_thaws() -> None:
    with echo_server() as target, TcpProxy(target) as proxy, connect(proxy) as connection:
        connection.sendall(b"before")
        assert receive(connection, 6) == b"before"
        proxy.freeze()
        connection.sendall(b"frozen")
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        with connect(proxy):
            pass  # a new one is taken
        connection.settimeout(5)
        proxy.thaw()
        assert receive(connection, 6) == b"frozen"


def test_a_cut_breaks_connections_and_refuses_new_ones_until_it_is_mended() -> None:
    with echo_server() as target, TcpProxy(target) as proxy:
        with connect(proxy) as connection:
            connection.sendall(b"x")
            assert receive(connection, 1) == b"x"
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        assert proxy.connections == 0
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        url = proxy.url
        proxy.mend()
        assert proxy.url == url
        with connect(proxy) as connection:
            connection.sendall(b"y")
            assert receive(connection, 1) == b"y"


def test_a_rate_holds_the_sender_up() -> None:
    # So slow that nothing but a first chunk or two passes while the test looks.
    slow = ProxyShape(kbps=1, queue_bytes=2000)
    with echo_server() as target, TcpProxy(target, slow) as proxy, connect(proxy) as connection:
        connection.setblocking(False)
        taken = 0
        with pytest.raises(BlockingIOError):
            while True:
                taken += connection.send(bytes(4096))
        assert proxy.forward.passed_bytes < 4096 < taken


def test_nobody_behind_it_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = unused.getsockname()
    with TcpProxy(address) as proxy, connect(proxy) as connection:
        assert connection.recv(1) == b""


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LinkError, match=str(port)), TcpProxy(("127.0.0.1", 1), port=port):
            pass


@pytest.mark.parametrize(
    ("values", "said"),
    [({"delay_ms": -1}, "delay_ms"), ({"kbps": float("inf")}, "kbps"), ({"queue_bytes": 0}, "queue")],
)
def test_a_shape_is_checked(values: dict[str, float], said: str) -> None:
    with pytest.raises(LinkError, match=said):
        ProxyShape(**values)  # type: ignore[arg-type]
