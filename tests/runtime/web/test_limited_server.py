"""The page's server and peers that hold connections, send what no browser does, or take all descriptors."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from websockets.sync.client import connect

from narrowcast.receiver.web import server
from narrowcast.receiver.web.server import Site
from narrowcast.runtime.line_throttle import LineThrottle
from narrowcast.runtime.web import limited_server
from narrowcast.runtime.web.address import parse_web_address
from narrowcast.runtime.web.limited_server import ONE_LINE, HttpConnection, OneLineFilter, log_line
from tests.pipelines import wait_until

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
OFFER = b"POST /whep HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\n"


@pytest.fixture(autouse=True)
def no_lines_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has the minute to itself."""
    monkeypatch.setattr(limited_server, "_throttle", LineThrottle())


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(server, "_MAX_CONNECTIONS", 4)
    site = Site(parse_web_address("127.0.0.1:0"), ["tcp://camera:5555"])
    yield site
    site.close()


def open_to(site: Site) -> socket.socket:
    port = int(site.url.rstrip("/").rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def answer_to(site: Site, request: bytes) -> bytes:
    """What comes back until the server ends the connection or has answered."""
    with open_to(site) as connection:
        connection.sendall(request)
        return connection.recv(4096)


def test_who_holds_every_connection_keeps_nobody_out(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with ExitStack() as crowd:
        idle = [crowd.enter_context(open_to(site)) for _ in range(12)]
        for connection in idle[::2]:
            connection.sendall(b"GET / HTTP/1.1\r\n")
        assert answer_to(site, GET).startswith(b"HTTP/1.1 200")
        with suppress(ConnectionResetError):  # closed likewise, with what it had sent unread
            assert idle[0].recv(1) == b"", "the oldest one was closed"
    assert [record.getMessage() for record in caplog.records] == [
        "the page has 4 connections, as many as it holds"
    ]


def test_a_browser_is_not_closed_for_those_who_send_nothing(site: Site) -> None:
    with connect(site.url.replace("http", "ws", 1) + "socket") as browser, ExitStack() as crowd:
        for _ in range(12):
            crowd.enter_context(open_to(site))
        assert answer_to(site, GET).startswith(b"HTTP/1.1 200")
        site.views[0].hub.publish("stream", {})
        while '"stream"' not in str(browser.recv(10)):
            pass


def test_with_browsers_in_all_places_one_more_is_told_at_once(site: Site) -> None:
    with ExitStack() as browsers:
        for _ in range(4):
            browser = browsers.enter_context(connect(site.url.replace("http", "ws", 1) + "socket"))
            browser.recv(10)
        assert answer_to(site, GET).startswith(b"HTTP/1.1 503")


def test_a_request_that_does_not_end_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_server, "REQUEST_S", 0.3)
    for started in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-", GET + b"GET / HT"):
        with open_to(site) as connection:
            connection.sendall(started)
            began = time.monotonic()
            while connection.recv(65536):
                # Whoever goes on byte by byte is cut as well.
                connection.sendall(b"a")
            assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "head", [b"Content-Length: 1000000000", b"Transfer-Encoding: chunked"], ids=["length", "chunked"]
)
@pytest.mark.parametrize("request_line", [GET[:-2], OFFER], ids=["page", "offer"])
def test_a_request_with_a_body_is_cut_before_it_is_read(site: Site, request_line: bytes, head: bytes) -> None:
    sent, chunks = 0, b"1\r\na\r\n" * 20_000
    with open_to(site) as connection, pytest.raises(OSError):
        connection.sendall(request_line + head + b"\r\n\r\n")
        for _ in range(1000):
            connection.sendall(chunks)
            sent += len(chunks)
    assert sent < 100 * len(chunks), "no more than the system's own buffers hold"
    assert answer_to(site, GET).startswith(b"HTTP/1.1 200")


def test_an_offer_of_a_known_length_is_read_however_it_comes(site: Site) -> None:
    with open_to(site) as connection:
        connection.sendall(OFFER + b"Content-Length: 5\r\n\r\n")
        for byte in b"hello":
            connection.sendall(bytes([byte]))
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://[\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /?token=%ff%00&token HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \xff=;;=\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /stills/%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Key: \xff\r\nSec-WebSocket-Version: 99\r\n\r\n",
        b"GET /socket\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00" + bytes(40) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_no_request_leaves_a_traceback_or_an_error_of_the_server(
    site: Site, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        answer = answer_to(site, request_bytes)
    except ConnectionResetError:
        answer = b""
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200")), answer[:40]
    assert all(record.exc_info is None for record in caplog.records), caplog.text
    assert len(caplog.records) <= 1, caplog.text
    assert answer_to(site, GET).startswith(b"HTTP/1.1 200")


def test_an_error_of_our_own_is_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("test.one_line")
    logger.addFilter(ONE_LINE)
    for _ in range(3):
        try:
            raise ValueError("no such thing")
        except ValueError:
            logger.exception("Exception in ASGI application\n")
    log_line("kind", "%d of them", 5)
    log_line("kind", "%d of them", 6)
    assert [record.getMessage() for record in caplog.records] == [
        "Exception in ASGI application (ValueError: no such thing)",
        "5 of them",
    ]
    assert isinstance(ONE_LINE, OneLineFilter) and "Traceback" not in caplog.text


_FEW_DESCRIPTORS = """
import resource, socket, sys, time
from narrowcast.runtime.web.address import parse_web_address
from narrowcast.receiver.web.server import Site
site = Site(parse_web_address("127.0.0.1:0"), ["a"])
port = int(site.url.rstrip("/").rpartition(":")[2])
def get(connection):
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n")
    return connection.recv(100)
with socket.create_connection(("127.0.0.1", port), 10) as connection:
    assert get(connection).startswith(b"HTTP/1.1 200")
used = len(__import__("os").listdir("/proc/self/fd"))
mine = [socket.socket() for _ in range(25)]
# Room for the 25 and for some of their other ends.
resource.setrlimit(resource.RLIMIT_NOFILE, (used + 25 + 8, used + 25 + 8))
for each in mine[:-1]:
    each.connect(("127.0.0.1", port))
time.sleep(1.0)
mine[-1].settimeout(20)
mine[-1].connect(("127.0.0.1", port))
for each in mine[:-1]:
    each.close()
print(get(mine[-1])[:12])
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_without_descriptors_it_goes_on_and_says_so_once() -> None:
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", _FEW_DESCRIPTORS], capture_output=True, text=True, cwd=root, timeout=120
    )
    assert ran.stdout == "b'HTTP/1.1 200'\n", ran.stderr
    assert ran.stderr.splitlines() == ["the page cannot accept a connection: Too many open files"]


def request_a_large_file(site: Site, folder: Path) -> socket.socket:
    """A connection with an answer on its way that no buffer holds."""
    (folder / "a.mp4").write_bytes(bytes(16_000_000))
    site.views[0].recordings.begun(folder / "a.mp4")
    number = site.views[0].recordings.files()[0].number
    connection = open_to(site)
    connection.sendall(b"GET /recordings/%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % number)
    connection.recv(1)
    return connection


def test_an_answer_that_is_taken_however_slowly_is_not_overdue(site: Site, tmp_path: Path) -> None:
    with request_a_large_file(site, tmp_path) as connection:
        (served,) = site._server.server_state.connections
        assert isinstance(served, HttpConnection)
        before_s = served.since_s
        wait_until(lambda: served.since_s > before_s, lambda: connection.recv(65536))


def test_an_answer_that_nobody_takes_is_cut(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_server, "_ANSWER_S", 0.3)
    with request_a_large_file(site, tmp_path):
        wait_until(lambda: not site._server.server_state.connections)
