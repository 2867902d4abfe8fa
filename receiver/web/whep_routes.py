"""The addresses of WHEP: POST an offer to begin, DELETE the address that came with the answer to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from narrowcast.receiver.whep.offer import OfferError
from narrowcast.receiver.whep.players import MAX_PLAYERS, WhepPlayers
from narrowcast.runtime.web.limited_server import OFFER_PATH, REQUEST_S

_SDP = "application/sdp"


def whep_routes(
    players: WhepPlayers, check: Callable[[Request], Response | None], headers: dict[str, str]
) -> list[BaseRoute]:
    """The routes of one stream.

    Args:
        players: of the stream.
        check: gives the answer that refuses a request; None where it is answered.
        headers: of every answer.
    """

    def told(text: str, status: int) -> Response:
        return PlainTextResponse(text + "\n", status, headers)

    async def begin(request: Request) -> Response:
        refused = check(request)
        if refused is not None:
            return refused
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _SDP:
            return told(f"needed an SDP offer, with Content-Type: {_SDP}", 415)
        if players.full:
            return told(f"{MAX_PLAYERS} players watch this stream, as many as may: try again later", 503)
        try:
            offer = (await asyncio.wait_for(request.body(), REQUEST_S)).decode()
            name, answer = await players.begin(offer)
        except (asyncio.TimeoutError, ClientDisconnect):
            return told(f"the offer did not come within {REQUEST_S:.0f} s", 408)
        except ImportError:
            return told("WHEP needs aiortc at the receiver: pip install 'narrowcast[whep]'", 501)
        except (OfferError, UnicodeDecodeError) as error:
            return told(f"the offer cannot be answered: {error}", 400)
        query = f"?{request.url.query}" if request.url.query else ""
        location = {"Location": f"{request.url.path}/{name}{query}"}
        return Response(answer, 201, {**headers, **location}, media_type=_SDP)

    async def end(request: Request) -> Response:
        refused = check(request)
        if refused is not None:
            return refused
        if not await players.end(request.path_params["name"]):
            return told("there is no such session; it may have ended", 404)
        return Response(status_code=200, headers=headers)

    return [
        Route(OFFER_PATH, begin, methods=["POST"]),
        Route(OFFER_PATH + "/{name}", end, methods=["DELETE"]),
    ]
