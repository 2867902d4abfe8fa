"""The web application: the pages with their scripts and style, stills, recordings, and the WebSockets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from narrowcast.receiver.web.answers import HEADERS, PAGE_FOLDER, page, program_refused, refused
from narrowcast.receiver.web.browser import Browser
from narrowcast.receiver.web.jpeg_messages import JpegMessages
from narrowcast.receiver.web.plain import HEALTH_PATH, health_answer, plain_routes
from narrowcast.receiver.web.recordings import recording_routes
from narrowcast.receiver.web.shown import shown_pictures
from narrowcast.receiver.web.view import WebView
from narrowcast.receiver.web.whep_routes import whep_routes
from narrowcast.receiver.whep.players import WhepPlayers
from narrowcast.runtime.web.access_control import AccessControl

MAX_BROWSERS = 16
"Browsers of one stream; one more is refused, since each costs a copy of the stream."

_TRY_AGAIN_LATER = 1013
_POLICY_VIOLATION = 1008


def make_app(
    views: Sequence[WebView],
    access: AccessControl,
    frame_ancestors: str = "",
    players: Sequence[WhepPlayers] = (),
) -> Starlette:
    """Serve one stream at the root, or several under their numbers with the grid at the root.

    Args:
        views: one for each stream.
        access: who is answered.
        frame_ancestors: the sites that may show the view at /embed in a frame; empty for none.
        players: of each stream, for the caller to close; made here where none are given.
    """
    players = players or [WhepPlayers(partial(shown_pictures, view)) for view in views]
    if len(views) == 1:
        return Starlette(routes=_stream_routes(views[0], access, frame_ancestors, players[0]))

    async def grid(request: Request) -> Response:
        return page(access, request, "grid.html")

    async def streams(request: Request) -> Response:
        names = [{"path": f"{number}/", "name": view.name} for number, view in enumerate(views, 1)]
        return refused(access, request) or JSONResponse(names, headers=HEADERS)

    async def health(request: Request) -> Response:
        return program_refused(access, request) or health_answer(views, HEADERS)

    pages = [
        Mount(f"/{number}", routes=_stream_routes(view, access, frame_ancestors, own_players))
        for number, (view, own_players) in enumerate(zip(views, players, strict=True), 1)
    ]
    own = [Route("/", grid), Route("/streams.json", streams), Route(HEALTH_PATH, health)]
    return Starlette(routes=[*own, *asset_routes(), *pages])


def _stream_routes(
    view: WebView, access: AccessControl, frame_ancestors: str, players: WhepPlayers
) -> list[BaseRoute]:
    """The page of one stream, its stills, its socket, and what it has for other programs."""

    def check_program(request: Request) -> Response | None:
        return program_refused(access, request)

    pictures = JpegMessages()

    async def stream(request: Request) -> Response:
        return page(access, request, "index.html")

    async def embed(request: Request) -> Response:
        return page(access, request, "embed.html", name="embed", ancestors=frame_ancestors)

    async def still(request: Request) -> Response:
        png = view.stills.find(request.path_params["name"])
        refusal = refused(access, request)
        if refusal is not None or png is None:
            return refusal or PlainTextResponse("there is no such still", 404, HEADERS)
        return Response(png, headers=HEADERS, media_type="image/png")

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
        Route("/", stream),
        Route("/embed", embed),
        *asset_routes(),
        Route("/stills/{name}", still),
        WebSocketRoute("/socket", socket),
        *plain_routes(view, check_program, HEADERS),
        *whep_routes(players, check_program, HEADERS),
        *recording_routes(view, access),
    ]


def asset_routes(folder: Path = PAGE_FOLDER) -> list[BaseRoute]:
    """Serve scripts and style, all of them from a folder of the package."""

    async def asset(request: Request) -> Response:
        return FileResponse(folder / request.url.path.rpartition("/")[2], headers=HEADERS)

    names = [path.name for path in folder.iterdir() if path.suffix != ".html"]
    return [Route(f"/{name}", asset) for name in names]
