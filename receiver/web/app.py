"""What is served: the pages with their scripts and style, the stills, and the sockets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from receiver.web.browser import Browser
from receiver.web.door import Door
from receiver.web.picture_coder import PictureCoder
from receiver.web.view import WebView

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


def make_app(views: Sequence[WebView], door: Door) -> Starlette:
    """One stream at the root; several under their numbers, with the grid at the root."""
    if len(views) == 1:
        return Starlette(routes=_stream_routes(views[0], door))

    async def grid(request: Request) -> Response:
        return _refused(door, request) or _file("grid.html")

    async def streams(request: Request) -> Response:
        names = [{"path": f"{number}/", "name": view.name} for number, view in enumerate(views, 1)]
        return _refused(door, request) or JSONResponse(names, headers=_HEADERS)

    pages = [Mount(f"/{number}", routes=_stream_routes(view, door)) for number, view in enumerate(views, 1)]
    return Starlette(routes=[Route("/", grid), Route("/streams.json", streams), *_asset_routes(), *pages])


def _stream_routes(view: WebView, door: Door) -> list[BaseRoute]:
    """The page of one stream, its stills and its socket."""
    coder = PictureCoder()

    async def page(request: Request) -> Response:
        return _refused(door, request) or _file("index.html")

    async def still(request: Request) -> Response:
        png = view.shelf.find(request.path_params["name"])
        refused = _refused(door, request)
        if refused is not None or png is None:
            return refused or PlainTextResponse("there is no such still", 404, _HEADERS)
        return Response(png, headers=_HEADERS, media_type="image/png")

    async def socket(websocket: WebSocket) -> None:
        refusal = door.refusal(websocket.headers, websocket.query_params)
        if refusal is not None:
            await websocket.close(_POLICY_VIOLATION, refusal)
        elif view.board.browsers >= MAX_BROWSERS:
            await websocket.close(_TRY_AGAIN_LATER, "as many browsers watch as may")
        else:
            tile = "tile" in websocket.query_params
            await Browser(websocket, view.board, coder, tile=tile).serve()

    return [
        Route("/", page),
        *_asset_routes(),
        Route("/stills/{name}", still),
        WebSocketRoute("/socket", socket),
    ]


def _asset_routes() -> list[BaseRoute]:
    """Everything that is served comes from the package's own folder."""

    async def asset(request: Request) -> Response:
        return _file(request.url.path.rpartition("/")[2])

    names = [path.name for path in PAGE_FOLDER.iterdir() if path.suffix != ".html"]
    return [Route(f"/{name}", asset) for name in names]


def _refused(door: Door, connection: HTTPConnection) -> Response | None:
    refusal = door.refusal(connection.headers, connection.query_params)
    return None if refusal is None else PlainTextResponse(refusal + "\n", 403, _HEADERS)


def _file(name: str) -> Response:
    return FileResponse(PAGE_FOLDER / name, headers=_HEADERS)
