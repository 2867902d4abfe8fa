"""The cameras that a worker holds: takes its share of leases, renews them, gives back what is too much."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

import nats.errors
from nats.aio.msg import Msg

from narrowcast.errors import FabricError
from narrowcast.fabric.camera_names import camera_names
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.fleet.shares import ShareTable
from narrowcast.fabric.lease import Holder, Lease, has_ended, read_holder, write_holder
from narrowcast.fabric.names import FLEET, fleet_lease_subject, worker_subject
from narrowcast.fabric.stream import ANSWER_S, FLEET_LEASE_S, ensure_leases
from narrowcast.fabric.stream_api import ask_api

RENEW_S = FLEET_LEASE_S / 3
LISTEN_S = RENEW_S + 0.5
"A worker that is not the first one listens for so long to who is there, before it takes anything."
_NOT_FOUND = 404


class Holdings:
    """The leases of one worker over one connection."""

    def __init__(
        self,
        own: Holder,
        only: Collection[str],
        gained: Callable[[str], None],
        lost: Callable[[str], None],
    ) -> None:
        """Hold nothing yet.

        Args:
            own: this worker.
            only: cameras that it may have; empty: all that there are.
            gained: is told the name of a camera that this worker has from now on.
            lost: is told the name of one that it has no more.
        """
        self.known: list[str] = []
        "cameras that there are"
        self._own, self._only = own, tuple(only)
        self._gained, self._lost = gained, lost
        self._leases: dict[str, Lease] = {}
        self._table = ShareTable(own, FLEET_LEASE_S, partial(has_ended, own=own))

    @property
    def held(self) -> list[str]:
        """The cameras that this worker has."""
        return list(self._leases)

    @property
    def workers(self) -> int:
        """How many work, as far as this one knows."""
        return self._table.workers(time.monotonic())

    async def run(self, connection: FabricConnection) -> None:
        """Hold cameras until the connection is over; FabricError where the server does not answer."""
        leases = await connection.client.subscribe(f"$KV.{FLEET}.>", cb=self._seen)
        await connection.client.flush()
        try:
            if await _others(connection):
                await connection.client.publish(worker_subject(self._own.run), write_holder(self._own))
                await asyncio.sleep(LISTEN_S)
            while not connection.closed.is_set():
                await self._step(connection)
                await asyncio.sleep(RENEW_S)
        finally:
            with suppress(nats.errors.Error):
                await leases.unsubscribe()
            for name in self.held:
                self._drop(name)

    async def give_back(self, connection: FabricConnection) -> None:
        """End: the others need not wait."""
        with suppress(nats.errors.Error):
            await connection.client.publish(worker_subject(self._own.run), b"")
        leases, self._leases = self._leases, {}
        await asyncio.gather(*(lease.release(connection) for lease in leases.values()))

    async def _step(self, connection: FabricConnection) -> None:
        """Renew what is held, and come nearer to this worker's share."""
        await connection.client.publish(worker_subject(self._own.run), write_holder(self._own))
        self.known = list(self._only) or await camera_names(connection)
        names = self.held
        kept = await asyncio.gather(*(self._leases[name].renew(connection) for name in names))
        for name, holds in zip(names, kept, strict=True):
            if not holds:
                self._drop(name)
        plan = self._table.plan(self.known, self.held, time.monotonic())
        for name in plan.release:
            lease = self._leases[name]
            self._drop(name)
            await lease.release(connection)
        await asyncio.gather(*(self._take(connection, name) for name in plan.take))

    async def _take(self, connection: FabricConnection, name: str) -> None:
        lease = Lease(name, self._own, fleet_lease_subject(name))
        if await lease.renew(connection):
            self._leases[name] = lease
            self._gained(name)
        elif lease.holder is not None:
            self._table.camera(name, lease.holder, time.monotonic())

    def _drop(self, name: str) -> None:
        del self._leases[name]
        self._lost(name)

    async def _seen(self, message: Msg) -> None:
        """A lease was written, by whomever."""
        kind, _, name = message.subject.removeprefix(f"$KV.{FLEET}.").partition(".")
        holder = read_holder(message.data)
        if kind == "c":
            self._table.camera(name, holder, time.monotonic())
        elif holder is None:
            self._table.left(name)
        elif holder.run == name:
            self._table.worker(holder, time.monotonic())


async def _others(connection: FabricConnection) -> bool:
    """Whether other workers may be there; the bucket is made where it is missing. FabricError."""
    subject = f"$JS.API.STREAM.INFO.KV_{FLEET}"
    try:
        said = await ask_api(connection, subject, {}, ANSWER_S)
    except (nats.errors.Error, asyncio.TimeoutError) as error:
        raise FabricError(
            f"the fabric at {connection.label} holds no leases: its server needs JetStream"
        ) from error
    if said.get("error", {}).get("code") == _NOT_FOUND:
        await ensure_leases(connection, FLEET, FLEET_LEASE_S)
        return False
    return bool(said.get("state", {}).get("messages"))
