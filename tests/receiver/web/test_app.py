"""The web application without a server: what it answers, to whom, and with which headers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from narrowcast.receiver.web.answers import PAGE_FOLDER
from narrowcast.receiver.web.app import make_app
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.address import WebAddress

OPEN = AccessControl(WebAddress(host="127.0.0.1", port=80), 80)
GUARDED = AccessControl(WebAddress(host="192.168.1.5", port=80, token="secret"), 80)


@dataclass(frozen=True)
class Answer:
    """What the application answered."""

    status: int
    headers: dict[str, str]
    content: bytes


@pytest.fixture
def views() -> Iterator[list[WebView]]:
    views = [WebView(name=name, one_of_several=True) for name in ("a", "b")]
    yield views
    for view in views:
        view.close()


def ask(
    views: list[WebView],
    path: str,
    access: AccessControl = OPEN,
    *,
    query: str = "",
    cookie: str = "",
    frame_ancestors: str = "",
) -> Answer:
    """One GET request, as a server hands it to the application."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", cookie.encode())],
    }
    messages = _run(views, access, scope, {"type": "http.request"}, frame_ancestors)
    content = b"".join(message.get("body", b"") for message in messages[1:])
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return Answer(messages[0]["status"], headers, content)


def _run(
    views: list[WebView],
    access: AccessControl,
    scope: dict[str, Any],
    request: dict[str, Any],
    frame_ancestors: str = "",
) -> list[MutableMapping[str, Any]]:
    """Everything that the application sends for a request."""
    sent: list[MutableMapping[str, Any]] = []
    requests = [request]

    async def receive() -> dict[str, Any]:
        if not requests:
            await asyncio.Event().wait()  # as long as the connection stands
        return requests.pop()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(make_app(views, access, frame_ancestors)(scope, receive, send))
    return sent


def test_one_stream_has_its_page_at_the_root_and_several_have_the_grid_there(views: list[WebView]) -> None:
    page, grid = (PAGE_FOLDER / name for name in ("index.html", "grid.html"))
    assert ask(views[:1], "/").content == page.read_bytes()
    assert ask(views, "/").content == grid.read_bytes()
    assert ask(views, "/2/").content == page.read_bytes()


def test_a_still_is_served_under_its_name_and_the_browser_stores_nothing(views: list[WebView]) -> None:
    views[0].stills.put("a.png", b"png")
    answer = ask(views[:1], "/stills/a.png")
    assert (answer.content, answer.headers["content-type"]) == (b"png", "image/png")
    assert answer.headers["cache-control"] == "no-store"
    assert ask(views[:1], "/stills/b.png").status == 404


def test_the_token_opens_a_page_and_leaves_the_address_bar(views: list[WebView]) -> None:
    views[0].stills.put("a.png", b"png")
    for path in ("/", "/stills/a.png", "/stills/b.png"):
        assert ask(views[:1], path, GUARDED).status == 403
    entered = ask(views[:1], "/", GUARDED, query="token=secret")
    assert entered.status == 200 and b"url=./" in entered.content and b"script" not in entered.content
    cookie = entered.headers["set-cookie"].partition(";")[0]
    assert ask(views[:1], "/", GUARDED, cookie=cookie).content == (PAGE_FOLDER / "index.html").read_bytes()
    assert ask(views[:1], "/stills/a.png", GUARDED, cookie=cookie).content == b"png"
    assert ask(views[:1], "/stills/a.png", GUARDED, query="token=secret").status == 403
    assert ask(views, "/2/", GUARDED, query="token=secret").headers["set-cookie"].startswith(cookie)


def test_without_the_cookie_there_is_no_socket(views: list[WebView]) -> None:
    scope = {"type": "websocket", "path": "/socket", "query_string": b"token=secret", "headers": []}
    (refusal,) = _run(views[:1], GUARDED, scope, {"type": "websocket.connect"})
    assert (refusal["type"], refusal["code"]) == ("websocket.close", 1008)


def test_the_view_for_frames_names_the_sites_that_may_show_it_and_needs_the_token_too(
    views: list[WebView],
) -> None:
    answer = ask(views[:1], "/embed", frame_ancestors="http://home:8123")
    assert answer.content == (PAGE_FOLDER / "embed.html").read_bytes()
    assert answer.headers["content-security-policy"].endswith("frame-ancestors http://home:8123")
    assert (
        ask(views[:1], "/", frame_ancestors="http://home:8123")
        .headers["content-security-policy"]
        .endswith("frame-ancestors 'none'")
    )
    assert ask(views[:1], "/embed", GUARDED).status == 403
    entered = ask(views, "/2/embed", GUARDED, query="token=secret", frame_ancestors="http://home:8123")
    assert b"url=./embed" in entered.content and "set-cookie" in entered.headers
    assert entered.headers["content-security-policy"].endswith("frame-ancestors http://home:8123")
