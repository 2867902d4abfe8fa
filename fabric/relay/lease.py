"""The lease on a camera: of two relays for one camera, one publishes and the other stands by."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from dataclasses import dataclass

import nats.errors

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import LEASES
from narrowcast.fabric.server import is_running
from narrowcast.fabric.stream import ANSWER_S, LEASE_S
from narrowcast.text import printable

RENEW_S = LEASE_S / 3

_WRONG_SEQUENCE = 10071
"JetStream's code for: somebody has written meanwhile."


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a camera."""

    relay: str
    "drawn at random by each run"
    host: str
    process: int


def this_relay() -> Holder:
    """This run of the program."""
    return Holder(relay=secrets.token_hex(8), host=socket.gethostname()[:64], process=os.getpid())


class Lease:
    """This relay's hold on one camera. It has to be renewed every RENEW_S."""

    def __init__(self, camera: str, own: Holder) -> None:
        self.held = False
        "whether this relay may publish the camera"
        self.holder: Holder | None = None
        "who has it, where that is another relay"
        self._own = own
        self._key = f"$KV.{LEASES}.{camera}"
        self._revision = 0

    async def renew(self, connection: FabricConnection) -> bool:
        """Take the lease or keep it; False while another relay has it. FabricError without an answer."""
        try:
            kept = self.held and await self._write(connection, self._revision)
            self.held = kept or await self._take(connection)
        except (nats.errors.Error, asyncio.TimeoutError) as error:
            raise FabricError(f"the fabric at {connection.label} does not answer") from error
        return self.held

    async def release(self, connection: FabricConnection) -> None:
        """Give it back, so that another relay need not wait for its end."""
        if not self.held:
            return
        self.held = False
        try:  # an empty value is that of nobody
            await connection.client.request(self._key, b"", timeout=1.0)
        except (nats.errors.Error, asyncio.TimeoutError):
            return  # it ends by itself

    async def _take(self, connection: FabricConnection) -> bool:
        subject = f"$JS.API.DIRECT.GET.KV_{LEASES}.{self._key}"
        asking = connection.client.request(subject, b"", timeout=ANSWER_S)
        found = await connection.answered(asking, subject)
        headers = found.headers or {}
        revision = int(headers.get("Nats-Sequence", 0))
        holder = _holder(found.data) if revision else None
        if holder is not None and holder.relay != self._own.relay and not self._has_ended(holder):
            self.holder = holder
            return False
        return await self._write(connection, revision)

    async def _write(self, connection: FabricConnection, revision: int) -> bool:
        value = json.dumps(vars(self._own)).encode()
        headers = {"Nats-Expected-Last-Subject-Sequence": str(revision)}
        asking = connection.client.request(self._key, value, timeout=ANSWER_S, headers=headers)
        answer = await connection.answered(asking, self._key)
        said = json.loads(answer.data or b"{}")
        error = said.get("error")
        if error is None and "seq" in said:
            self._revision, self.holder = int(said["seq"]), None
            return True
        if error is not None and error.get("err_code") != _WRONG_SEQUENCE:
            raise FabricError(f"the fabric at {connection.label} gives no lease: {error.get('description')}")
        return False

    def _has_ended(self, holder: Holder) -> bool:
        """Whether the holder was a program of this machine that runs no more: nobody needs to wait for it."""
        if holder.host != self._own.host:
            return False
        return not is_running(holder.process)


def _holder(value: bytes) -> Holder | None:
    """Read what a relay has written; None where the lease was given back."""
    try:
        fields = json.loads(value)
        return Holder(
            relay=str(fields["relay"]),
            host=printable(str(fields["host"]), 64),
            process=int(fields["process"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
