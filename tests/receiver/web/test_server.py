"""The page's server over real sockets, with well-behaved browsers and others."""

from __future__ import annotations

import json
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import cv2
import numpy as np
import pytest

from narrowcast.runtime.reporting import Notice

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from narrowcast.protocol import StreamParameters
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.web.app import MAX_BROWSERS
from narrowcast.receiver.web.browser_messages import Button
from narrowcast.receiver.web.server import Site
from narrowcast.runtime.web.address import WebAddress, WebError, parse_web_address
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until

STREAM = StreamParameters(width=96, height=64, fps=15.0, codec="gan")
PICTURE = camera_like(96, 64, seed=1)


@contextmanager
def site_of(*names: str, address: WebAddress | None = None) -> Iterator[Site]:
    site = Site(address or parse_web_address("127.0.0.1:0"), names or ("tcp://camera:5555",))
    try:
        yield site
    finally:
        site.close()


def socket_of(site: Site, path: str = "socket") -> ClientConnection:
    return connect(site.url.replace("http", "ws", 1) + path)


def local_url(site: Site) -> str:
    """Where a site that listens on every interface is reached from here, without its token."""
    return f"http://127.0.0.1:{site.url.partition('?')[0].rstrip('/').rpartition(':')[2]}/"


def cookie_of(site: Site, path: str = "") -> str:
    """The cookie that the token gives, as a browser sends it back."""
    with urllib.request.urlopen(f"{local_url(site)}{path}?token=secret", timeout=10) as answer:
        return str(answer.headers["Set-Cookie"]).partition(";")[0]


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
    with site_of() as site, socket_of(site) as browser:
        (page,) = site.views
        page.stream(STREAM)
        assert message(browser, "stream")["codec"] == "gan"
        page.show(PICTURE, 40.0, 0.5, marked=True)
        first = picture(browser)
        number, age_ms, marked = struct.unpack_from("<If?", first)
        assert number == 1 and 40 <= age_ms < 5000 and marked
        decoded = cv2.imdecode(np.frombuffer(first[9:], np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None and np.abs(decoded[..., ::-1].astype(int) - PICTURE).mean() < 8
        for _ in range(5):
            page.show(PICTURE, None, 0.5)
        page.notice(Notice("five came"))
        # What is not drawn yet holds the next one back, and then it is the newest.
        assert message(browser, "notice")["text"] == "five came"
        browser.send('{"drawn": 1}')
        assert struct.unpack_from("<I", picture(browser))[0] == 6


def test_the_mark_belongs_to_a_picture_and_not_to_the_stream() -> None:
    with site_of() as site, socket_of(site) as browser:
        (page,) = site.views
        for number, marked in enumerate((True, False, True), 1):
            page.show(PICTURE, None, 0.5, marked=marked)
            assert struct.unpack_from("<If?", picture(browser))[::2] == (number, marked)
            browser.send(json.dumps({"drawn": number}))


def test_a_warning_stays_for_browsers_that_come_later_and_a_notice_does_not() -> None:
    with site_of() as site:
        (page,) = site.views
        page.notice(Notice("now"))
        page.warn("cannot keep up")
        with socket_of(site) as browser:
            assert message(browser, "warning")["text"] == "cannot keep up"
            page.warn("")
            assert message(browser, "warning")["text"] == ""


def test_staleness_is_told_when_it_changes() -> None:
    with site_of() as site, socket_of(site) as browser:
        (page,) = site.views
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
    with site_of() as site, socket_of(site) as browser:
        (page,) = site.views
        browser.send('{"press": "snapshot"}')
        pressed: list[Button] = []
        wait_until(lambda: bool(pressed), lambda: pressed.extend(page.take_pressed()))
        assert pressed == [Button.SNAPSHOT]


@pytest.mark.parametrize(
    "garbage", ["hello", '{"press": "explode"}', b"\x00\x01", "x" * 300, '{"drawn": "1"}']
)
def test_garbage_ends_that_browser_and_no_other(garbage: str | bytes) -> None:
    with site_of() as site, socket_of(site) as good, socket_of(site) as bad:
        (page,) = site.views
        bad.send(garbage)
        assert refused(bad) in (1008, 1009)
        page.show(PICTURE, None, 0.5)
        assert picture(good)


def test_a_browser_that_lies_about_what_it_has_drawn_gets_nothing_more() -> None:
    with site_of() as site, socket_of(site) as browser:
        (page,) = site.views
        browser.send('{"drawn": 7}')
        page.show(PICTURE, None, 0.5)
        picture(browser)
        browser.send('{"drawn": 9}')
        page.show(PICTURE, None, 0.5)
        page.notice(Notice("still here"))
        assert message(browser, "notice")


def test_too_many_browsers_are_turned_away() -> None:
    with site_of() as site, ExitStack() as crowd:
        for _ in range(MAX_BROWSERS):
            message(crowd.enter_context(socket_of(site)), "run")
        with pytest.raises(InvalidStatus), socket_of(site):
            pass


def test_the_end_of_the_receiver_is_told() -> None:
    with ExitStack() as page_life, ExitStack() as browser_life:
        browser = browser_life.enter_context(socket_of(page_life.enter_context(site_of())))
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
    with site_of() as site:
        for name in ("", "page.js", "charts.js", "connection.js", "still.js", "page.css", "icon.svg"):
            assert status(site.url + name) == 200
        for name in ("index.html/", "../app.py", "..%2fapp.py", "stills/none.png", "stills/..%2fx"):
            assert status(site.url + name) == 404
        with urllib.request.urlopen(site.url, timeout=10) as answer:
            text = answer.read().decode()
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http://" not in text and "https://" not in text, "everything is served from here"


def test_several_streams_have_a_grid_and_a_page_each() -> None:
    with site_of("tcp://a:1", "tcp://b:1") as site:
        with urllib.request.urlopen(site.url, timeout=10) as answer:
            assert b'src="grid.js"' in answer.read()
        with urllib.request.urlopen(site.url + "streams.json", timeout=10) as answer:
            assert json.load(answer) == [
                {"path": "1/", "name": "tcp://a:1"},
                {"path": "2/", "name": "tcp://b:1"},
            ]
        for name in ("grid.js", "page.css", "1/", "2/", "2/page.js", "1"):
            assert status(site.url + name) == 200
        for name in ("3/", "0/", "socket", "1/grid.html", "1/streams.json"):
            assert status(site.url + name) == 404
        assert status(site.url + "streams.json", Host="evil.example") == 403
        with socket_of(site, "2/socket") as browser:
            assert message(browser, "run")["grid"] is True
            first, second = site.views
            first.notice(Notice("not for this one"))
            second.stream(replace(STREAM, name="yard"))
            assert message(browser, "stream")["name"] == "yard"


def test_the_grid_needs_the_cookie_as_well() -> None:
    address = WebAddress(host="0.0.0.0", port=0, token="secret")
    with site_of("tcp://a:1", "tcp://b:1", address=address) as site:
        here, cookie = local_url(site), cookie_of(site, "2/")
        for path in ("", "streams.json", "1/", "2/"):
            assert status(here + path) == 403
            assert status(here + path, Cookie=cookie) == 200
        with pytest.raises(InvalidStatus), connect(here.replace("http", "ws") + "2/socket"):
            pass


def test_a_tile_alone_has_no_realism_judged() -> None:
    with site_of("tcp://a:1", "tcp://b:1") as site, socket_of(site, "1/socket?tile=1") as tile:
        message(tile, "run")
        assert site.views[0].hub.browsers == 1 and not site.views[0].hub.watched
        with socket_of(site, "1/socket") as page:
            message(page, "run")
            assert site.views[0].hub.watched


def test_another_site_in_the_same_browser_is_turned_away() -> None:
    with site_of() as site:
        assert status(site.url, Host="evil.example") == 403
        with pytest.raises(InvalidStatus):
            connect(
                site.url.replace("http", "ws", 1) + "socket", additional_headers={"Origin": "http://evil"}
            )


def test_beyond_this_machine_the_token_gives_a_cookie_that_is_needed() -> None:
    address = WebAddress(host="0.0.0.0", port=0, token="secret")
    with site_of(address=address) as site:
        here, socket = local_url(site), local_url(site).replace("http", "ws") + "socket"
        assert status(here) == status(here + "?token=wrong") == status(here, Cookie="narrowcast=x") == 403
        cookie = cookie_of(site)
        assert status(here, Cookie=f"other=1; {cookie}") == 200
        for url in (socket, f"{socket}?token=secret"):
            with pytest.raises(InvalidStatus), connect(url):
                pass
        with connect(socket, additional_headers={"Cookie": cookie}) as browser:
            assert message(browser, "run")
    with site_of(address=address) as again:
        assert status(local_url(again), Cookie=cookie) == 403


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with site_of() as site:
        port = int(site.url.rstrip("/").rpartition(":")[2])
        with pytest.raises(WebError, match=r"it is in use: stop the other program, or choose another port"):
            Site(WebAddress(host="127.0.0.1", port=port), ["x"])


def test_an_address_of_another_machine_is_told_in_one_line() -> None:
    with pytest.raises(WebError, match="no such address"):
        Site(WebAddress(host="192.0.2.1", port=0), ["x"])
