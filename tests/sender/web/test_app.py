"""Tests of sender/web/app.py: who is let in, and what is served."""

from __future__ import annotations

import gzip
import json
import re
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from narrowcast.runtime.web.address import WebAddress
from narrowcast.sender.web import site
from narrowcast.sender.web.app import MAX_BROWSERS
from tests.sender.web.sites import sender_with_page, socket_url

GUARDED = WebAddress(host="127.0.0.1", port=0, token="secret")


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content of an address."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_the_page_names_files_that_are_kept_and_let_webassembly_use_threads() -> None:
    with sender_with_page() as (_, url):
        status, headers, html = fetch(url)
        assert status == 200 and headers["cache-control"] == "no-store"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        script = re.search(r'src="(assets/\w+/page\.js)"', html.decode())
        assert script is not None
        status, headers, packed = fetch(url + script[1])
        assert status == 200 and "immutable" in headers["cache-control"]
        assert b"import" in gzip.decompress(packed) and headers["content-encoding"] == "gzip"
        assert fetch(url + "assets/x/nothing.js")[0] == 404
        assert fetch(url + "assets/x/../../app.py")[0] == 404
        assert fetch(url + "generator/x/LICENSE.txt")[0] == 404


def test_the_stream_is_told() -> None:
    with sender_with_page() as (_, url):
        told = json.loads(fetch(url + "stream.json")[2])
        assert told["codec"] == "jpeg" and (told["width"], told["height"]) == (96, 64)
        assert "missing" in told["generator"] or told["generator"]["bytes"] > 1e6


def test_without_the_token_nothing_but_one_line_comes() -> None:
    with sender_with_page(web=GUARDED) as (_, url):
        bare = url.partition("?")[0]
        for path in ("", "stream.json", "generator/x/restoration.onnx", "?token=wrong"):
            status, _, text = fetch(bare + path)
            assert status == 403 and text.count(b"\n") == 1
            assert b"`narrowcast send` has printed" in text
        for name in ("stream", "jpeg"):
            with pytest.raises(InvalidStatus):
                connect(socket_url(url, name))
        status, headers, html = fetch(url + "&restore=never&x=%22%3E")
        assert b'href="./?restore=never&amp;x=%22%3E"' in html and b"secret" not in html
        cookie = headers["set-cookie"].partition(";")[0]
        assert status == 200 and fetch(bare, Cookie=cookie)[0] == 200
        with connect(socket_url(url), additional_headers={"Cookie": cookie}):
            pass


def test_another_site_may_not_open_a_socket() -> None:
    with sender_with_page() as (_, url), pytest.raises(InvalidStatus):
        connect(socket_url(url), origin=Origin("https://evil.example")).recv(20)


def test_one_browser_too_many_is_turned_away() -> None:
    with sender_with_page() as (_, url), ExitStack() as crowd:
        for _ in range(MAX_BROWSERS):
            crowd.enter_context(connect(socket_url(url)))
        with pytest.raises((ConnectionClosed, InvalidStatus)), connect(socket_url(url)) as socket:
            socket.recv(20)


def test_the_page_outlives_what_a_scanner_asks() -> None:
    with sender_with_page() as (sender, url):
        for path in ("stream", "jpeg", "../etc/passwd", "%00", "a" * 3000):
            assert fetch(url + path)[0] in (400, 403, 404)
        assert fetch(url)[0] == 200 and not sender.ended
    assert site.SenderSite.__doc__
