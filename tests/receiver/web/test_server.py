"""The page's server over real sockets, with well-behaved browsers and others."""

from __future__ import annotations

import json
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import cv2
import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from protocol import StreamParameters
from receiver.link_state import StaleNote
from receiver.web.address import WebAddress, parse_web_address
from receiver.web.app import MAX_BROWSERS
from receiver.web.browser_messages import Press
from receiver.web.errors import WebError
from receiver.web.view import WebView
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until

STREAM = StreamParameters(width=96, height=64, fps=15.0, codec="gan")
PICTURE = camera_like(96, 64, seed=1)


@contextmanager
def view(address: WebAddress | None = None, *, mark: bool = True) -> Iterator[WebView]:
    page = WebView(address or parse_web_address("127.0.0.1:0"), name="tcp://camera:5555", mark=mark)
    try:
        yield page
    finally:
        page.close()


def socket_of(page: WebView) -> ClientConnection:
    url = page.url.replace("http", "ws", 1)
    return connect(url.replace("/?", "/socket?") if "?" in url else url + "socket")


def message(browser: ClientConnection, kind: str) -> dict[str, object]:
    """The next text of a kind."""
    while True:
        data = browser.recv(10)
        if isinstance(data, str) and json.loads(data)["kind"] == kind:
            fields: dict[str, object] = json.loads(data)
            return fields


def picture(browser: ClientConnection) -> bytes:
    """The next picture's message."""
    while True:
        data = browser.recv(10)
        if isinstance(data, bytes):
            return data


def refused(browser: ClientConnection) -> int:
    """The code with which the server ends the connection."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            browser.recv(10)
    assert closed.value.rcvd is not None
    return int(closed.value.rcvd.code)


def test_a_browser_gets_the_stream_and_pictures_one_at_a_time() -> None:
    with view() as page, socket_of(page) as browser:
        page.stream(STREAM)
        assert message(browser, "stream")["marked"] is True
        page.show(PICTURE, 40.0, 0.5)
        first = picture(browser)
        number, age_ms = struct.unpack_from("<If", first)
        assert number == 1 and 40 <= age_ms < 5000
        decoded = cv2.imdecode(np.frombuffer(first[8:], np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None and np.abs(decoded[..., ::-1].astype(int) - PICTURE).mean() < 8
        for _ in range(5):
            page.show(PICTURE, None, 0.5)
        page.notice("five came")
        # What is not drawn yet holds the next one back, and then it is the newest.
        assert message(browser, "notice")["text"] == "five came"
        browser.send('{"drawn": 1}')
        assert struct.unpack_from("<I", picture(browser))[0] == 6


def test_the_mark_can_be_turned_off_and_is_for_generators_only() -> None:
    with view(mark=False) as page, socket_of(page) as browser:
        page.stream(STREAM)
        assert message(browser, "stream")["marked"] is False
    with view() as page, socket_of(page) as browser:
        page.stream(StreamParameters(width=96, height=64, fps=15.0, codec="jpeg"))
        assert message(browser, "stream")["marked"] is False


def test_staleness_is_told_when_it_changes() -> None:
    with view() as page, socket_of(page) as browser:
        note = StaleNote(headline="link down 4 s", detail="nothing heard")
        for _ in range(3):
            page.stale(note)
        assert message(browser, "link") == {
            "kind": "link",
            "live": False,
            "headline": "link down 4 s",
            "detail": "nothing heard",
        }
        page.stale(None)
        assert message(browser, "link")["live"] is True


def test_buttons_come_through() -> None:
    with view() as page, socket_of(page) as browser:
        browser.send('{"press": "snapshot"}')
        presses: list[Press] = []
        wait_until(lambda: bool(presses), lambda: presses.extend(page.presses()))
        assert presses == [Press.SNAPSHOT]


@pytest.mark.parametrize(
    "garbage", ["hello", '{"press": "explode"}', b"\x00\x01", "x" * 300, '{"drawn": "1"}']
)
def test_garbage_ends_that_browser_and_no_other(garbage: str | bytes) -> None:
    with view() as page, socket_of(page) as good, socket_of(page) as bad:
        bad.send(garbage)
        assert refused(bad) in (1008, 1009)
        page.show(PICTURE, None, 0.5)
        assert picture(good)


def test_a_browser_that_lies_about_what_it_has_drawn_gets_nothing_more() -> None:
    with view() as page, socket_of(page) as browser:
        browser.send('{"drawn": 7}')
        page.show(PICTURE, None, 0.5)
        picture(browser)
        browser.send('{"drawn": 9}')
        page.show(PICTURE, None, 0.5)
        page.notice("still here")
        assert message(browser, "notice")


def test_too_many_browsers_are_turned_away() -> None:
    with view() as page, ExitStack() as crowd:
        for _ in range(MAX_BROWSERS):
            message(crowd.enter_context(socket_of(page)), "run")
        with pytest.raises(InvalidStatus), socket_of(page):
            pass


def test_the_end_of_the_receiver_is_told() -> None:
    with ExitStack() as page_life, ExitStack() as browser_life:
        browser = browser_life.enter_context(socket_of(page_life.enter_context(view())))
        message(browser, "run")
        page_life.close()
        assert refused(browser) == 1001


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_page_and_its_parts_come_from_the_package_and_nothing_else_does() -> None:
    with view() as page:
        for name in ("", "page.js", "charts.js", "connection.js", "still.js", "page.css", "icon.svg"):
            assert status(page.url + name) == 200
        for name in ("index.html/", "../app.py", "..%2fapp.py", "stills/none.png", "stills/..%2fx"):
            assert status(page.url + name) == 404
        with urllib.request.urlopen(page.url, timeout=10) as answer:
            text = answer.read().decode()
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http://" not in text and "https://" not in text, "everything is served from here"


def test_another_site_in_the_same_browser_is_turned_away() -> None:
    with view() as page:
        assert status(page.url, Host="evil.example") == 403
        with pytest.raises(InvalidStatus):
            connect(
                page.url.replace("http", "ws", 1) + "socket", additional_headers={"Origin": "http://evil"}
            )


def test_beyond_this_machine_the_token_is_needed() -> None:
    address = WebAddress(host="0.0.0.0", port=0, token="secret")
    with view(address) as page:
        port = page.url.partition("?")[0].rstrip("/").rpartition(":")[2]
        here = f"http://127.0.0.1:{port}/"
        assert status(here) == status(here + "?token=wrong") == 403
        assert status(here + "?token=secret") == 200
        with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{port}/socket"):
            pass
        with connect(f"ws://127.0.0.1:{port}/socket?token=secret") as browser:
            assert message(browser, "run")


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with view() as page:
        port = int(page.url.rstrip("/").rpartition(":")[2])
        with pytest.raises(WebError, match=r"it is in use: stop the other program, or choose another port"):
            WebView(WebAddress(host="127.0.0.1", port=port), name="x", mark=True)


def test_an_address_of_another_machine_is_told_in_one_line() -> None:
    with pytest.raises(WebError, match="no such address"):
        WebView(WebAddress(host="192.0.2.1", port=0), name="x", mark=True)
