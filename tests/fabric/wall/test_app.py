"""Who is answered by the wall, and what opens a camera."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from narrowcast.fabric.wall.app import make_wall_app
from narrowcast.fabric.wall.config import WallConfig
from narrowcast.fabric.wall.opened import OpenCameras
from narrowcast.fabric.wall.tile_store import TileStore
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.address import WebAddress

OPEN = AccessControl(WebAddress(host="127.0.0.1", port=80), 80)
GUARDED = AccessControl(WebAddress(host="192.168.1.5", port=80, token="secret"), 80)


class _Opened(OpenCameras):
    """Answers with the camera's name, and notes which were opened."""

    def __init__(self, access: AccessControl) -> None:
        super().__init__(WallConfig(), access, lambda notice: None)
        self.asked: list[str] = []

    def app_for(self, name: str):  # type: ignore[no-untyped-def]
        """The camera's page."""
        self.asked.append(name)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": name.encode()})

        return app


def ask(
    path: str, access: AccessControl = OPEN, *, query: str = "", host: str = "127.0.0.1", kind: str = "http"
) -> tuple[list[MutableMapping[str, Any]], list[str]]:
    """One request; returns what was answered, and which cameras were opened."""
    store, sent = TileStore(), []
    store.known(["front"])
    opened = _Opened(access)
    scope: dict[str, Any] = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", host.encode())],
    }

    async def run() -> None:
        app = make_wall_app(store, opened, access, asyncio.Event())

        coming = ["websocket.connect" if kind == "websocket" else "http.request"]

        async def receive() -> MutableMapping[str, Any]:
            if not coming:
                await asyncio.Event().wait()  # a client that waits for its answer
            return {"type": coming.pop()}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(run())
    return sent, opened.asked


def test_the_wall_its_scripts_and_a_camera_are_answered() -> None:
    page, opened = ask("/")
    assert page[0]["status"] == 200 and b"wall.js" in page[1]["body"] and opened == []
    for name in ("wall.js", "wall.css", "tile_connection.js", "theme.js", "page.css", "icon.svg"):
        assert ask(f"/{name}")[0][0]["status"] == 200, name
    answer, opened = ask("/front/")
    assert answer[1]["body"] == b"front" and opened == ["front"]
    assert ask("/front/socket", kind="websocket")[1] == ["front"]


def test_a_camera_that_is_not_there_opens_nothing() -> None:
    answer, opened = ask("/nobody/")
    assert answer[0]["status"] == 404 and opened == []
    answer, opened = ask("/nobody/socket", kind="websocket")
    assert answer[0]["type"] == "websocket.close" and opened == []


@pytest.mark.parametrize("path", ["/", "/front/", "/front/snapshot.jpg"])
def test_without_the_token_nothing_is_opened(path: str) -> None:
    answer, opened = ask(path, GUARDED, host="192.168.1.5")
    assert answer[0]["status"] == 403 and opened == []
    assert b"the token that `narrowcast" in answer[1]["body"]


def test_the_token_opens_wall_and_camera() -> None:
    answer, _ = ask("/", GUARDED, query="token=secret", host="192.168.1.5")
    assert any(name == b"set-cookie" for name, _ in answer[0]["headers"])
    assert ask("/front/", GUARDED, query="token=secret", host="192.168.1.5")[1] == ["front"]


@pytest.mark.parametrize("path", ["/tiles.socket", "/front/socket"])
def test_sockets_are_for_those_with_the_cookie_and_for_this_site(path: str) -> None:
    for access, host in ((GUARDED, "192.168.1.5"), (OPEN, "evil.example")):
        answer, opened = ask(path, access, host=host, kind="websocket")
        assert answer[0]["type"] == "websocket.close" and opened == []
