"""The page's server: the page itself, its script and style, the stills, and the socket."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from receiver.web.board import Board
from receiver.web.browser import Browser
from receiver.web.door import Door
from receiver.web.picture_coder import PictureCoder
from receiver.web.stills import StillShelf

PAGE_FOLDER = Path(__file__).parent / "page"

MAX_BROWSERS = 16
"One more is turned away: each costs a copy of the stream."

_TRY_AGAIN_LATER = 1013
_POLICY_VIOLATION = 1008

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def make_app(board: Board, door: Door, shelf: StillShelf) -> Starlette:
    """Everything that is served comes from the package's own folder."""
    coder = PictureCoder()

    async def page(request: Request) -> Response:
        return _refused(door, request) or _file("index.html")

    async def still(request: Request) -> Response:
        png = shelf.find(request.path_params["name"])
        refused = _refused(door, request)
        if refused is not None or png is None:
            return refused or PlainTextResponse("there is no such still", 404, _HEADERS)
        return Response(png, headers=_HEADERS, media_type="image/png")

    async def socket(websocket: WebSocket) -> None:
        refusal = door.refusal(websocket.headers, websocket.query_params)
        if refusal is not None:
            await websocket.close(_POLICY_VIOLATION, refusal)
        elif board.browsers >= MAX_BROWSERS:
            await websocket.close(_TRY_AGAIN_LATER, "as many browsers watch as may")
        else:
            await Browser(websocket, board, coder).serve()

    async def asset(request: Request) -> Response:
        return _file(request.url.path.lstrip("/"))

    assets = [path.name for path in PAGE_FOLDER.iterdir() if path.name != "index.html"]
    return Starlette(
        routes=[
            Route("/", page),
            *(Route(f"/{name}", asset) for name in assets),
            Route("/stills/{name}", still),
            WebSocketRoute("/socket", socket),
        ]
    )


def _refused(door: Door, connection: HTTPConnection) -> Response | None:
    refusal = door.refusal(connection.headers, connection.query_params)
    return None if refusal is None else PlainTextResponse(refusal + "\n", 403, _HEADERS)


def _file(name: str) -> Response:
    return FileResponse(PAGE_FOLDER / name, headers=_HEADERS)
