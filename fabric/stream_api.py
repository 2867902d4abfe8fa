"""Asks a server for what it says of its streams (JetStream's API), which may be answered twice."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import nats.errors

from narrowcast.fabric.connection import FabricConnection

_NOT_HERE = 10039
"JetStream's code for: this account has no streams."


async def ask_api(
    connection: FabricConnection, subject: str, query: dict[str, Any], timeout_s: float
) -> dict[str, Any]:
    """Ask, and return the answer of the account that has the streams.

    A viewer's own account has none, and the server says so, beside the answer of the cameras' account: which
    of the two comes first is chance. Raises FabricError where it is not permitted, nats.errors.Error where no
    answer comes.
    """
    inbox = connection.client.new_inbox()
    answers = await connection.client.subscribe(inbox)
    try:
        await connection.client.publish(subject, json.dumps(query).encode(), reply=inbox)

        async def answer() -> dict[str, Any]:
            while True:
                message = await answers.next_msg(timeout=timeout_s)
                if (message.headers or {}).get("Status") == "503":
                    raise nats.errors.NoRespondersError
                try:
                    said: dict[str, Any] = json.loads(message.data)
                except ValueError:
                    continue
                if said.get("error", {}).get("err_code") != _NOT_HERE:
                    return said

        return await connection.answered(asyncio.wait_for(answer(), timeout_s), subject)
    finally:
        with suppress(nats.errors.Error):  # the connection is gone, and the subscription with it
            await answers.unsubscribe()
