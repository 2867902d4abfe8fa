"""The web application of the wall: its page, its one socket, and the pages of the cameras behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from narrowcast.fabric.wall.opened import OpenCameras
from narrowcast.fabric.wall.tile_browser import TileBrowser
from narrowcast.fabric.wall.tile_store import TileStore
from narrowcast.receiver.web.answers import HEADERS, page, refused
from narrowcast.receiver.web.app import asset_routes
from narrowcast.runtime.web.access_control import AccessControl

PAGE_FOLDER = Path(__file__).parent / "page"
MAX_BROWSERS = 64
"That show the wall at a time; one more is refused."
_POLICY_VIOLATION, _TRY_AGAIN_LATER = 1008, 1013


def make_wall_app(
    store: TileStore, opened: OpenCameras, access: AccessControl, closing: asyncio.Event
) -> Starlette:
    """Serve the wall at the root, and each camera's page under its name.

    Args:
        store: of all tiles.
        opened: the cameras that are open in full.
        access: who is answered.
        closing: set when the wall ends.
    """

    async def wall(request: Request) -> Response:
        return page(access, request, "wall.html", folder=PAGE_FOLDER)

    async def socket(websocket: WebSocket) -> None:
        refusal = access.refusal(websocket.headers, websocket.cookies)
        if refusal is not None:
            await websocket.close(_POLICY_VIOLATION, refusal)
        elif store.browsers >= MAX_BROWSERS:
            await websocket.close(_TRY_AGAIN_LATER, "as many browsers show the wall as may")
        else:
            await TileBrowser(websocket, store, closing).serve()

    async def camera(scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on to a camera's own page; nobody opens one that may not see it, or that is not there."""
        name, connection = scope["path_params"]["camera"], HTTPConnection(scope)
        if name not in store.cameras:
            await _refuse(scope, receive, send, "there is no such camera", 404)
            return
        lets_in = access.refusal(connection.headers, connection.cookies) is None
        query = connection.query_params
        if lets_in or access.program_refusal(connection.headers, connection.cookies, query) is None:
            await opened.app_for(name)(scope, receive, send)
            return
        answer = refused(access, connection)
        assert answer is not None, "it was refused above"
        await _refuse(scope, receive, send, bytes(answer.body).decode().strip(), 403)

    return Starlette(
        routes=[
            Route("/", wall),
            *asset_routes(PAGE_FOLDER),
            *asset_routes(),
            WebSocketRoute("/tiles.socket", socket),
            Mount("/{camera}", app=camera),
        ]
    )


async def _refuse(scope: Scope, receive: Receive, send: Send, text: str, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": text})
        return
    await PlainTextResponse(text + "\n", status, HEADERS)(scope, receive, send)
