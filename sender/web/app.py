"""The web application of a sender: the page, its files, the coded stream, and JPEG for who cannot decode."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from html import escape
from string import Template
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from narrowcast.protocol import StreamParameters, WebSocketPeers
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.sender.web.assets import PAGE_FOLDER, Asset, AssetFolder
from narrowcast.sender.web.generator_files import GeneratorFiles
from narrowcast.sender.web.jpeg_socket import JpegPictures, serve_jpeg
from narrowcast.sender.web.peer_socket import FULL, POLICY_VIOLATION, TRY_AGAIN_LATER, serve_peer

MAX_BROWSERS = 16
"WebSockets at a time; beyond them each is turned away, however many receivers the session takes."

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
        "style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    # These two let WebAssembly use several threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOT_KEPT = _HEADERS | {"Cache-Control": "no-store"}
_KEPT = _HEADERS | {"Cache-Control": "private, max-age=31536000, immutable"}
"For what has its version in its address: a thin link carries it once."

# Not a redirect: where the link was clicked on another site's page, a browser sends no SameSite=Strict cookie
# along the redirects either, but it does to what the page itself opens next.
_WITHOUT_TOKEN = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={page}">'
    '<title>Narrowcast</title><a href="{page}">Open the page</a>\n'
)


@dataclass(kw_only=True, eq=False)
class PageContent:
    """What a page is about."""

    stream: StreamParameters
    "what is sent"
    peers: WebSocketPeers
    "browsers that decode"
    pictures: JpegPictures
    "for browsers that cannot"
    generator: GeneratorFiles
    "what paints in the browser"


def make_app(content: PageContent, access: AccessControl) -> Starlette:
    """Serve one stream."""
    sockets = _Sockets(content, access)
    return Starlette(
        routes=[
            *_page_routes(content, access),
            WebSocketRoute("/stream", sockets.stream),
            WebSocketRoute("/jpeg", sockets.jpeg),
        ]
    )


def _page_routes(content: PageContent, access: AccessControl) -> list[BaseRoute]:
    page_files = AssetFolder(PAGE_FOLDER)
    html = Template((PAGE_FOLDER / "index.html").read_text(encoding="utf-8"))

    async def page(request: Request) -> Response:
        cookie = access.new_cookie(request.headers, request.query_params)
        if cookie is not None:
            wishes = urlencode([each for each in request.query_params.multi_items() if each[0] != "token"])
            shown = _WITHOUT_TOKEN.format(page=escape(f"./?{wishes}" if wishes else "./"))
            return HTMLResponse(shown, headers={**_NOT_KEPT, "Set-Cookie": cookie})
        shown = html.substitute(assets=f"assets/{page_files.version}")
        return _refused(access, request) or HTMLResponse(shown, headers=_NOT_KEPT)

    async def asset(request: Request) -> Response:
        return _file(await asyncio.to_thread(page_files.find, request.path_params["name"]))

    async def generator(request: Request) -> Response:
        refused = _refused(access, request)
        if refused is not None:
            return refused
        return _file(await asyncio.to_thread(content.generator.find, request.path_params["name"]))

    async def stream(request: Request) -> Response:
        told = {
            "name": content.stream.name,
            "codec": content.stream.codec,
            "width": content.stream.width,
            "height": content.stream.height,
            "generator": content.generator.told(),
        }
        return _refused(access, request) or JSONResponse(told, headers=_NOT_KEPT)

    return [
        Route("/", page),
        Route("/assets/{version}/{name:path}", asset),
        Route("/generator/{version}/{name:path}", generator),
        Route("/stream.json", stream),
    ]


class _Sockets:
    """The WebSockets: each is refused, or served to its end."""

    def __init__(self, content: PageContent, access: AccessControl) -> None:
        self._content = content
        self._access = access
        self._open = 0

    async def stream(self, socket: WebSocket) -> None:
        """Carry the protocol's messages."""
        if await self._let_in(socket):
            try:
                await serve_peer(socket, self._content.peers)
            finally:
                self._open -= 1

    async def jpeg(self, socket: WebSocket) -> None:
        """Send JPEG pictures."""
        if await self._let_in(socket):
            try:
                await serve_jpeg(socket, self._content.peers, self._content.stream, self._content.pictures)
            finally:
                self._open -= 1

    async def _let_in(self, socket: WebSocket) -> bool:
        refusal = self._access.refusal(socket.headers, socket.cookies)
        if refusal is not None:
            await socket.close(POLICY_VIOLATION, refusal)
        elif self._open >= MAX_BROWSERS:
            await socket.accept()  # only so does its script see the reason
            await socket.close(TRY_AGAIN_LATER, FULL)
        else:
            self._open += 1
            return True
        return False


def _refused(access: AccessControl, connection: HTTPConnection) -> Response | None:
    refusal = access.refusal(connection.headers, connection.cookies)
    return None if refusal is None else PlainTextResponse(refusal + "\n", 403, _NOT_KEPT)


def _file(asset: Asset | None) -> Response:
    if asset is None:
        return PlainTextResponse("there is no such file\n", 404, _NOT_KEPT)
    headers = _KEPT | {"Content-Encoding": "gzip"}
    return Response(asset.content, headers=headers, media_type=asset.media_type)
