"""Who may read the metrics, and what peers that hold connections come to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from narrowcast.runtime import metrics_server
from narrowcast.runtime.metrics_server import MAX_CONNECTIONS, MetricsServer, host_allowed

GET = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9100\r\n\r\n"


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    server = MetricsServer("127.0.0.1", 0, lambda: b"frames 1\n", "text/plain; version=0.0.4")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def answer(server: MetricsServer, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_one_path_is_answered(server: MetricsServer) -> None:
    whole = answer(server, GET)
    assert whole.startswith(b"HTTP/1.0 200 ") and whole.endswith(b"\r\n\r\nframes 1\n")
    assert b"version=0.0.4" in whole
    assert answer(server, GET.replace(b"/metrics", b"/metrics?name=x")).startswith(b"HTTP/1.0 200 ")
    for path in (b"/", b"/healthz", b"/metrics/x"):
        assert answer(server, GET.replace(b"/metrics", path)).startswith(b"HTTP/1.0 404 ")
    assert answer(server, GET.replace(b"GET", b"POST")).startswith(b"HTTP/1.0 501 ")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:9100",
        "[::1]:9100",
        "192.168.1.5",
        "localhost:9100",
        "narrowcast:9100",
        "camera.local",
        "host.docker.internal:9100",
        "narrowcast.monitoring.svc.cluster.local:9100",
        "Metrics.Example.com:9100",
    ],
)
def test_a_name_that_leads_here_by_right_may_ask(host: str) -> None:
    assert host_allowed(host, "metrics.example.com")


@pytest.mark.parametrize(
    "host", ["", "[", ":9100", "evil.example", "127.0.0.1.evil.example", "a.local.evil.example:9100", "\xff."]
)
def test_a_name_that_anybody_may_own_may_not(host: str, server: MetricsServer) -> None:
    assert not host_allowed(host, "127.0.0.1")
    request = GET.replace(b"127.0.0.1:9100", host.encode("latin-1"))
    assert answer(server, request).startswith(b"HTTP/1.0 403 ")


def test_who_holds_every_connection_keeps_nobody_out(server: MetricsServer) -> None:
    with ExitStack() as crowd:
        address = ("127.0.0.1", server.server_port)
        idle = [
            crowd.enter_context(socket.create_connection(address, timeout=20))
            for _ in range(3 * MAX_CONNECTIONS)
        ]
        assert answer(server, GET).startswith(b"HTTP/1.0 200 ")
        assert idle[0].recv(1) == b"", "the oldest one was closed"
        assert (
            sum(thread.name.startswith("Thread-") for thread in threading.enumerate()) < 3 * MAX_CONNECTIONS
        )


def test_a_request_that_does_not_end_is_cut(
    server: MetricsServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(metrics_server, "REQUEST_S", 0.2)
    assert answer(server, GET[:-2]) == b""
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "request_bytes", [b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n", b"\r\n", b"GET /\xff HTTP/9\r\n\r\n"]
)
def test_no_request_leaves_a_traceback(
    server: MetricsServer, request_bytes: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    answer(server, request_bytes)
    assert answer(server, GET).startswith(b"HTTP/1.0 200 ")
    assert capfd.readouterr().err == ""
