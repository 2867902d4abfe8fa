"""Tests of runtime/web/listening.py: the socket, and TLS with peers that do not speak it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from narrowcast.runtime.private_files import HOME_VARIABLE
from narrowcast.runtime.web.address import WebAddress, WebError
from narrowcast.runtime.web.certificate import page_certificate
from narrowcast.runtime.web.listening import make_server, open_web_socket

ADDRESS = WebAddress(host="127.0.0.1", port=0)


@contextmanager
def served(tls: ssl.SSLContext | None, max_connections: int = 8) -> Iterator[int]:
    """A page of two words; yields its port."""

    async def page(request: Request) -> Response:
        return PlainTextResponse(f"{request.url.scheme} works")

    listener = open_web_socket(ADDRESS)
    app = Starlette(routes=[Route("/", page)])
    server = make_server(app, listener, max_connections=max_connections, max_message_bytes=100, tls=tls)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def fetched(port: int, context: ssl.SSLContext | None = None) -> str:
    scheme = "http" if context is None else "https"
    with urllib.request.urlopen(f"{scheme}://127.0.0.1:{port}/", timeout=20, context=context) as answer:
        return bytes(answer.read()).decode()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    return page_certificate(ADDRESS).context


@pytest.fixture
def trusting(tls: ssl.SSLContext, tmp_path: Path) -> ssl.SSLContext:
    """A browser that knows the certificate."""
    return ssl.create_default_context(cafile=str(tmp_path / "web-certificate.pem"))


def test_a_page_is_served_plainly() -> None:
    with served(None) as port:
        assert fetched(port) == "http works"


def test_a_page_is_served_encrypted(tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    with served(tls) as port:
        assert fetched(port, trusting) == "https works"


def test_a_browser_that_does_not_know_the_certificate_refuses(tls: ssl.SSLContext) -> None:
    with served(tls) as port, pytest.raises(OSError, match="certificate verify failed"):
        fetched(port, ssl.create_default_context())


def test_who_does_not_speak_tls_keeps_nobody_waiting(tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    with served(tls) as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert fetched(port, trusting) == "https works"
            assert not plain.recv(100).startswith(b"HTTP/1.1 200")
        for each in silent:
            each.close()


def test_an_address_in_use_is_one_line() -> None:
    with served(None) as port, pytest.raises(WebError, match="it is in use"):
        open_web_socket(WebAddress(host="127.0.0.1", port=port))


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(WebError, match="this machine has no such address"):
        open_web_socket(WebAddress(host="192.0.2.1", port=0))
