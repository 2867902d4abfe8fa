"""The lease on a camera: of two relays, or two workers, one has it and the other stands by."""

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
from narrowcast.fabric.names import lease_subject
from narrowcast.fabric.server import is_running
from narrowcast.fabric.stream import ANSWER_S, LEASE_S
from narrowcast.text import printable

RENEW_S = LEASE_S / 3

_WRONG_SEQUENCE = 10071
"JetStream's code for: somebody has written meanwhile."


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a camera."""

    run: str
    "drawn at random by each run of a program"
    host: str
    process: int


def this_run() -> Holder:
    """This run of the program."""
    return Holder(run=secrets.token_hex(8), host=socket.gethostname()[:64], process=os.getpid())


class Lease:
    """This program's hold on one camera. It has to be renewed three times in the bucket's time."""

    def __init__(self, camera: str, own: Holder, subject: str = "") -> None:
        """Hold nothing yet; `subject` is the lease's in its bucket, by default that of a relay."""
        self.held = False
        "whether this program has the camera"
        self.holder: Holder | None = None
        "who has it, where that is another program"
        self._own = own
        self._key = subject or lease_subject(camera)
        self._revision = 0

    async def renew(self, connection: FabricConnection) -> bool:
        """Take the lease or keep it; False while another program has it. FabricError without an answer."""
        try:
            kept = self.held and await self._write(connection, self._revision)
            self.held = kept or await self._take(connection)
        except (nats.errors.Error, asyncio.TimeoutError) as error:
            raise FabricError(f"the fabric at {connection.label} does not answer") from error
        return self.held

    async def release(self, connection: FabricConnection) -> None:
        """Give it back, so that another need not wait for its end."""
        if not self.held:
            return
        self.held = False
        try:  # an empty value is that of nobody
            await connection.client.request(self._key, b"", timeout=1.0)
        except (nats.errors.Error, asyncio.TimeoutError):
            return  # it ends by itself

    async def _take(self, connection: FabricConnection) -> bool:
        bucket = self._key.split(".")[1]
        subject = f"$JS.API.DIRECT.GET.KV_{bucket}.{self._key}"
        asking = connection.client.request(subject, b"", timeout=ANSWER_S)
        found = await connection.answered(asking, subject)
        headers = found.headers or {}
        revision = int(headers.get("Nats-Sequence", 0))
        holder = read_holder(found.data) if revision else None
        if holder is not None and holder.run != self._own.run and not has_ended(holder, self._own):
            self.holder = holder
            return False
        return await self._write(connection, revision)

    async def _write(self, connection: FabricConnection, revision: int) -> bool:
        value = write_holder(self._own)
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


def has_ended(holder: Holder, own: Holder) -> bool:
    """Whether the holder was a program of this machine that runs no more: nobody needs to wait for it."""
    return holder.host == own.host and not is_running(holder.process)


def write_holder(holder: Holder) -> bytes:
    """The value of a lease."""
    return json.dumps(vars(holder)).encode()


def read_holder(value: bytes) -> Holder | None:
    """Undo write_holder; None where the lease was given back, or holds something else."""
    try:
        fields = json.loads(value)
        return Holder(
            run=str(fields["run"]),
            host=printable(str(fields["host"]), 64),
            process=int(fields["process"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
