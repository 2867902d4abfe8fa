"""A connection to a fabric's server. It is never mended: whoever lost one makes another, and begins anew."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import nats.errors
from nats.aio.client import Client

from narrowcast.errors import FabricError
from narrowcast.fabric.identity import Identity, own_identity
from narrowcast.fabric.tasks import end_tasks
from narrowcast.runtime.fabric_address import FabricAddress
from narrowcast.runtime.program import program
from narrowcast.text import printable

T = TypeVar("T")

CONNECT_S = 3
"Until an address that does not answer is given up."
PING_S, MAX_PINGS = 2, 2
"A server that answers none of so many pings, so far apart, is gone."
RETRY_S = 0.25
"Between two tries to connect; it never grows, so that a server that comes back is used at once."
REFUSED_RETRY_S = 2.0
"The same after a refusal: the key may be allowed meanwhile."
INBOXES = "_INBOX"
MAX_DENIALS = 16
"Kept until they are told; a server that denies all fills no memory."
MAX_SEEN = 16


class AskedInVain(FabricError):
    """The server does not permit what was asked, or the connection ended before it answered."""


class ConnectionRefused(FabricError):
    """The server answers, and does not let this program in."""


@dataclass(kw_only=True, eq=False)
class FabricConnection:
    """An open connection and what the server has said against it."""

    client: Client
    "of nats-py"
    label: str
    "the address, for people"
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    "set when it is over, however that came"
    denials: list[str] = field(default_factory=list)
    "what the server did not permit and nobody waits for, since the last look; one line each"
    remedy: str = ""
    "behind what is not permitted: how to permit it"
    asked: dict[asyncio.Future[str], str] = field(default_factory=dict)
    "who waits for an answer: a future that takes the denial, and the subject that was asked, in lower case"

    @property
    def max_payload(self) -> int:
        """Bytes of the longest message that the server takes."""
        return int(self.client.max_payload)

    async def answered(self, job: Coroutine[object, object, T], subject: str) -> T:
        """Run what asks the server at a subject; FabricError as soon as it denies that, or the end comes."""
        denied: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.asked[denied] = subject.lower()
        asking, closed = asyncio.create_task(job), asyncio.create_task(self.closed.wait())
        try:
            watched: list[asyncio.Future[Any]] = [asking, denied, closed]
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            if denied.done():
                raise AskedInVain(f"{self.label} does not permit it ({denied.result()}){self.remedy}")
            raise AskedInVain(self.end_reason())
        finally:
            del self.asked[denied]
            await end_tasks(asking, closed)

    def deny(self, text: str) -> None:
        """Take note of what the server does not permit: for who asked, or to be told."""
        text = printable(text, 200)
        waiting = [denied for denied, subject in self.asked.items() if f'"{subject}"' in text.lower()]
        for denied in waiting:
            if not denied.done():
                denied.set_result(text)
        if not waiting and len(self.denials) < MAX_DENIALS:
            self.denials.append(text)

    def end_reason(self) -> str:
        """Why it is over, in a few words."""
        error = self.client.last_error
        text = str(error).lower() if error is not None else ""
        if "authorization" in text or "revoked" in text:
            return "the server ended it: this machine's key is not allowed any more"
        if "slow consumer" in text:
            return "the server ended it: this program did not keep up"
        return "the connection is gone"


@asynccontextmanager
async def connected(
    address: FabricAddress, name: str, identity: Identity | None = None, *, wants: str = "--viewer"
) -> AsyncIterator[FabricConnection]:
    """Connect for as long as the block runs; FabricError in one line where that is not possible.

    Args:
        address: of the server.
        name: of this program, in the server's own lists.
        identity: who asks; None for this machine, where the server has keys.
        wants: how `narrowcast fabric allow` is told what this program needs.
    """
    identity = identity or (own_identity() if address.tls else None)
    remedy = f"; on the server, run: {_allow_command(identity, wants)}" if identity is not None else ""
    connection = FabricConnection(client=Client(), label=address.label, remedy=remedy)
    seen: list[Exception] = []
    try:
        await _connect(connection, address, name, identity, seen)
    except (OSError, asyncio.TimeoutError, nats.errors.Error, ValueError) as error:
        with suppress(Exception):
            await connection.client.close()
        cause = error if not isinstance(error, nats.errors.NoServersError) or not seen else seen[-1]
        raise _explained(address, cause, identity, wants) from error
    try:
        yield connection
    finally:
        with suppress(Exception):
            await connection.client.close()


async def _connect(
    connection: FabricConnection,
    address: FabricAddress,
    name: str,
    identity: Identity | None,
    seen: list[Exception],
) -> None:
    """Open the connection; `seen` takes the errors that the client only tells."""

    async def on_error(error: Exception) -> None:
        del seen[:-MAX_SEEN]
        seen.append(error)
        text = str(error)
        if "permissions violation" in text.lower():
            connection.deny(text.removeprefix("nats: "))

    async def on_closed() -> None:
        connection.closed.set()

    if address.tls:
        logging.getLogger("asyncio").addFilter(_is_of_interest)
    context = await _tls_context(address) if address.tls else None
    await connection.client.connect(
        address.url,
        name=printable(name, 64),
        error_cb=on_error,
        closed_cb=on_closed,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=CONNECT_S,
        ping_interval=PING_S,
        max_outstanding_pings=MAX_PINGS,
        tls=context,
        tls_handshake_first=address.tls,
        nkeys_seed_str=identity.seed if identity is not None else None,
        inbox_prefix=inbox_prefix(identity),
    )


def _is_of_interest(record: logging.LogRecord) -> bool:
    """Leave out what asyncio says of each TLS connection that the client closes."""
    return "eof_received" not in str(record.msg)


def inbox_prefix(identity: Identity | None) -> str:
    """Where answers come to: a subject of one's own, where the server keeps machines apart."""
    return f"{INBOXES}.{identity.public}" if identity is not None else f"{INBOXES}.{secrets.token_hex(8)}"


async def _tls_context(address: FabricAddress) -> ssl.SSLContext:
    """What verifies the server: its own certificate, if that is pinned, or the authorities known here."""
    if not address.pin:
        return ssl.create_default_context()
    # Whoever answers shows a certificate first; it is trusted only where it is the one that the address
    # names, and the handshake that follows proves that the server has its key.
    shown = await _certificate_of(address)
    if hashlib.sha256(shown).hexdigest() != address.pin:
        raise ConnectionRefused(
            f"the server at {address.label} has another key than the address: paste the whole address that "
            "narrowcast fabric run prints there now"
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(shown))
    return context


async def _certificate_of(address: FabricAddress) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.wait_for(
        asyncio.open_connection(address.host, address.port, ssl=context), CONNECT_S
    )
    try:
        tls = writer.get_extra_info("ssl_object")
        shown: bytes = tls.getpeercert(binary_form=True)
        return shown
    finally:
        writer.transport.abort()


def _allow_command(identity: Identity, wants: str) -> str:
    return f"{program()} fabric allow DIR {identity.public} --name NAME {wants}"


def _explained(
    address: FabricAddress, error: BaseException, identity: Identity | None, wants: str
) -> FabricError:
    """The error for people."""
    where, text = f"the fabric at {address.label}", str(error).lower()
    if isinstance(error, FabricError):
        return error
    if "authorization" in text:
        hint = (
            f"run there, once: {_allow_command(identity, wants)}"
            if identity is not None
            else "paste the whole address that narrowcast fabric run prints, with ?cert=..."
        )
        return ConnectionRefused(f"{where} does not let this machine in; {hint}")
    if isinstance(error, ConnectionRefusedError):
        return FabricError(f"{where} does not answer: no server runs there")
    if isinstance(error, (asyncio.TimeoutError, nats.errors.TimeoutError)):
        return FabricError(f"{where} does not answer: check host, port and firewall")
    if isinstance(error, ssl.SSLError):
        return ConnectionRefused(
            f"{where} cannot be trusted or speaks no TLS ({printable(str(error.reason or error), 80)}): "
            "paste the whole address that narrowcast fabric run prints"
        )
    return FabricError(f"{where} cannot be reached: {printable(str(error) or type(error).__name__, 120)}")
