"""Which cameras a fabric has: those that are recorded, now or once."""

from __future__ import annotations

import asyncio

import nats.errors

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import camera_of_stream
from narrowcast.fabric.stream import ANSWER_S
from narrowcast.fabric.stream_api import ask_api

_NAMES = "$JS.API.STREAM.NAMES"
_MAX_PAGES = 64
"Of a thousand names each."


async def camera_names(connection: FabricConnection) -> list[str]:
    """The cameras by name, in order; FabricError."""
    found: list[str] = []
    offset = 0
    for _ in range(_MAX_PAGES):
        try:
            answer = await ask_api(connection, _NAMES, {"offset": offset}, ANSWER_S)
        except (nats.errors.Error, asyncio.TimeoutError) as error:
            raise FabricError(
                f"the fabric at {connection.label} does not say which cameras it has: it needs JetStream"
            ) from error
        streams = answer.get("streams") or []
        found += [name for name in map(camera_of_stream, streams) if name is not None]
        offset += len(streams)
        if not streams or offset >= int(answer.get("total", 0)):
            break
    return sorted(found)
