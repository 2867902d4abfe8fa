"""The stream for programs that know nothing of it: a still, Motion JPEG, and whether the picture is live."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from narrowcast.receiver.drawn_picture import DrawnPicture
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.web.hub import HubPicture
from narrowcast.receiver.web.jpeg_messages import JpegCoder
from narrowcast.receiver.web.shown import live_picture, shown_pictures
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.web.limited_server import STREAM_PATH

SNAPSHOT_PATH, HEALTH_PATH = "/snapshot.jpg", "/healthz"

MAX_STREAMS = 16
"Programs that read one stream as Motion JPEG at a time; one more is refused."

_BOUNDARY = "narrowcast-picture"

Check = Callable[[Request], Response | None]
"Gives the answer that refuses a request; None where it is answered."


class PlainPictures:
    """JPEG files of the newest picture, coded once however many programs ask; the server's thread has it."""

    def __init__(self) -> None:
        self._coder = JpegCoder()

    async def file(self, shown: DrawnPicture) -> bytes:
        """The picture as a file."""
        return await self._coder.code(shown.key, shown.draw)


class StreamCount:
    """How many programs read a stream."""

    def __init__(self) -> None:
        self.programs = 0


def plain_routes(view: WebView, check: Check, headers: dict[str, str]) -> list[BaseRoute]:
    """The routes of one stream.

    Args:
        view: of the stream.
        check: says who is answered.
        headers: of every answer.
    """
    pictures, streams = PlainPictures(), StreamCount()

    async def snapshot(request: Request) -> Response:
        refused = check(request)
        if refused is not None:
            return refused
        picture, note = view.hub.picture, view.note
        if picture is None or (note is not None and request.query_params.get("stale") != "yes"):
            return PlainTextResponse(_reason(note) + "\n", 503, headers)
        told = headers if picture.age_ms is None else {**headers, "X-Age-Ms": f"{_age_ms(picture):.0f}"}
        return Response(await pictures.file(live_picture(picture)), headers=told, media_type="image/jpeg")

    async def stream(request: Request) -> Response:
        refused = check(request)
        if refused is not None:
            return refused
        if streams.programs >= MAX_STREAMS:
            return PlainTextResponse("as many programs read this stream as may\n", 503, headers)
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        return StreamingResponse(_parts(view, pictures, streams), headers=headers, media_type=kind)

    async def health(request: Request) -> Response:
        return check(request) or health_answer([view], headers)

    return [Route(SNAPSHOT_PATH, snapshot), Route(STREAM_PATH, stream), Route(HEALTH_PATH, health)]


def health_answer(views: Sequence[WebView], headers: dict[str, str]) -> Response:
    """Whether each stream is live, and how old its picture is: status 200 where all are, else 503."""
    streams = [
        {
            "name": view.name,
            "live": view.note is None,
            "reason": "" if view.note is None else _reason(view.note),
            "age_ms": None if (picture := view.hub.picture) is None else _rounded_age_ms(picture),
        }
        for view in views
    ]
    live = all(stream["live"] for stream in streams)
    return JSONResponse({"live": live, "streams": streams}, 200 if live else 503, headers)


async def _parts(view: WebView, pictures: PlainPictures, streams: StreamCount) -> AsyncIterator[bytes]:
    """Each picture that is shown, as a part of the answer."""
    streams.programs += 1
    try:
        async with contextlib.aclosing(shown_pictures(view)) as shown_ones:
            async for shown in shown_ones:
                yield _part(await pictures.file(shown))
    finally:
        streams.programs -= 1


def _part(jpeg: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def _reason(note: StaleNote | None) -> str:
    if note is None:
        return "no picture has come yet"
    return f"{note.headline}: {note.detail}" if note.detail else note.headline


def _age_ms(picture: HubPicture) -> float:
    """How long ago the picture was taken; it has a known age."""
    assert picture.age_ms is not None
    return picture.age_ms + (now_us() - picture.shown_local_us) / 1000


def _rounded_age_ms(picture: HubPicture) -> int | None:
    return None if picture.age_ms is None else round(_age_ms(picture))
