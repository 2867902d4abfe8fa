"""The web application: the pages with their scripts and style, the stills, and the WebSockets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from narrowcast.receiver.web.browser import Browser
from narrowcast.receiver.web.jpeg_messages import JpegMessages
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.web.access_control import AccessControl

PAGE_FOLDER = Path(__file__).parent / "page"

MAX_BROWSERS = 16
"Browsers of one stream; one more is refused, since each costs a copy of the stream."

_TRY_AGAIN_LATER = 1013
_POLICY_VIOLATION = 1008

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


# Not a redirect: where the link was clicked on another site's page, a browser sends no SameSite=Strict cookie
# along the redirects either, but it does to what the page itself opens next.
_WITHOUT_TOKEN = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=./">'
    '<title>Narrowcast</title><link rel="icon" href="icon.svg"><a href="./">Open the page</a>\n'
)


def make_app(views: Sequence[WebView], access: AccessControl) -> Starlette:
    """Serve one stream at the root, or several under their numbers with the grid at the root."""
    if len(views) == 1:
        return Starlette(routes=_stream_routes(views[0], access))

    async def grid(request: Request) -> Response:
        return _page(access, request, "grid.html")

    async def streams(request: Request) -> Response:
        names = [{"path": f"{number}/", "name": view.name} for number, view in enumerate(views, 1)]
        return _refused(access, request) or JSONResponse(names, headers=_HEADERS)

    pages = [Mount(f"/{number}", routes=_stream_routes(view, access)) for number, view in enumerate(views, 1)]
    return Starlette(routes=[Route("/", grid), Route("/streams.json", streams), *_asset_routes(), *pages])


def _stream_routes(view: WebView, access: AccessControl) -> list[BaseRoute]:
    """The page of one stream, its stills and its socket."""
    pictures = JpegMessages()

    async def page(request: Request) -> Response:
        return _page(access, request, "index.html")

    async def still(request: Request) -> Response:
        png = view.stills.find(request.path_params["name"])
        refused = _refused(access, request)
        if refused is not None or png is None:
            return refused or PlainTextResponse("there is no such still", 404, _HEADERS)
        return Response(png, headers=_HEADERS, media_type="image/png")

    async def socket(websocket: WebSocket) -> None:
        refusal = access.refusal(websocket.headers, websocket.cookies)
        if refusal is not None:
            await websocket.close(_POLICY_VIOLATION, refusal)
        elif view.hub.browsers >= MAX_BROWSERS:
            await websocket.close(_TRY_AGAIN_LATER, "as many browsers watch as are allowed")
        else:
            tile = "tile" in websocket.query_params
            await Browser(websocket, view.hub, pictures, tile=tile).serve()

    return [
        Route("/", page),
        *_asset_routes(),
        Route("/stills/{name}", still),
        WebSocketRoute("/socket", socket),
    ]


def _asset_routes() -> list[BaseRoute]:
    """Serve the scripts and the style, all of them from the package's own folder."""

    async def asset(request: Request) -> Response:
        return _file(request.url.path.rpartition("/")[2])

    names = [path.name for path in PAGE_FOLDER.iterdir() if path.suffix != ".html"]
    return [Route(f"/{name}", asset) for name in names]


def _page(access: AccessControl, request: Request, name: str) -> Response:
    """A page; where the address has the token, a cookie in its place and the same page without it."""
    cookie = access.new_cookie(request.headers, request.query_params)
    if cookie is not None:
        return HTMLResponse(_WITHOUT_TOKEN, headers={**_HEADERS, "Set-Cookie": cookie})
    return _refused(access, request) or _file(name)


def _refused(access: AccessControl, connection: HTTPConnection) -> Response | None:
    refusal = access.refusal(connection.headers, connection.cookies)
    return None if refusal is None else PlainTextResponse(refusal + "\n", 403, _HEADERS)


def _file(name: str) -> Response:
    return FileResponse(PAGE_FOLDER / name, headers=_HEADERS)
