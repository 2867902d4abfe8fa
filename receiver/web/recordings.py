"""The recordings of a stream for browsers: the list, the files in ranges, and payloads as pictures."""

from __future__ import annotations

import contextlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from narrowcast.receiver.recording.catalogue import RecordedFile
from narrowcast.receiver.recording.payload_recorder import SUFFIX
from narrowcast.receiver.web.answers import HEADERS, refused
from narrowcast.receiver.web.file_range import file_answer
from narrowcast.receiver.web.replay_socket import ReplaySocket
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.web.access_control import AccessControl

MAX_PLAYERS = 2
"Recordings of payloads that are decoded at a time, beside the stream."

_POLICY_VIOLATION = 1008
_TRY_AGAIN_LATER = 1013

_MEDIA_TYPES = {".mp4": "video/mp4", ".mov": "video/mp4", ".mkv": "video/x-matroska"}
"A QuickTime file of H.264 is an MP4 to browsers, which would not take it under its own name."

_PLAYS = {".mp4": "video", ".mov": "video", SUFFIX: "payloads"}
"How a file is played in a browser; the others are downloaded."


def recording_routes(view: WebView, access: AccessControl) -> list[BaseRoute]:
    """The list, the files and the player's socket. A file is asked for by its number in the list."""
    players = _Players()

    def listing(request: Request) -> Response:  # in a thread of its own: it reads a folder
        answer = refused(access, request)
        return answer or JSONResponse([_entry(file) for file in view.recordings.files()], headers=HEADERS)

    def content(request: Request) -> Response:
        answer = refused(access, request)
        if answer is not None:
            return answer
        file = view.recordings.find(request.path_params["number"])
        if file is not None:
            with contextlib.suppress(OSError):  # removed since
                return file_answer(
                    file.path,
                    asked=request.headers.get("range"),
                    media_type=_MEDIA_TYPES.get(file.path.suffix.lower(), "application/octet-stream"),
                    headers=HEADERS,
                    download="download" in request.query_params,
                )
        return PlainTextResponse("there is no such recording, or not any more\n", 404, HEADERS)

    async def player(websocket: WebSocket) -> None:
        refusal = access.refusal(websocket.headers, websocket.cookies)
        file = view.recordings.find(websocket.path_params["number"])
        if refusal is not None:
            await websocket.close(_POLICY_VIOLATION, refusal)
        elif file is None or file.path.suffix.lower() != SUFFIX:
            await websocket.close(_POLICY_VIOLATION, "there is no such recording of payloads")
        elif players.count >= MAX_PLAYERS:
            await websocket.close(_TRY_AGAIN_LATER, f"{MAX_PLAYERS} recordings are being played already")
        else:
            with players:
                await ReplaySocket(websocket, file.path, view.replay).serve()

    return [
        Route("/recordings.json", listing),
        Route("/recordings/{number:int}", content),
        WebSocketRoute("/recordings/{number:int}/play", player),
    ]


class _Players:
    """Counts the sockets that play; entered by each. Belongs to the server's thread."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1


def _entry(file: RecordedFile) -> dict[str, Any]:
    """A line of the list, as the page's script reads it."""
    return {
        "number": file.number,
        "name": file.path.name,
        "bytes": file.size,
        "changed_s": file.changed_s,
        "being_written": file.being_written,
        "plays": _PLAYS.get(file.path.suffix.lower()),
    }
