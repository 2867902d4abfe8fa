"""The stream that records a camera in the server (JetStream): made, read from any place, and searched.

Everything is read by direct gets, which any number of readers may do at once and which change nothing.
Servers from 2.11 on answer a whole batch at once; older ones (from 2.9 on) are asked for single messages,
side by side.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import LEASES, frame_subject, keyframe_subject, stream_of, subjects_of
from narrowcast.fabric.retention import DEFAULT_KEEP_S, StreamLimits
from narrowcast.fabric.stream_api import ask_api

DUPLICATES_S = 120.0
"How long the server remembers which frames it has: a relay repeats ten seconds' worth after an interruption."
ANSWER_S = 5.0
"What one answer may take; a disk that is busy answers late."
BATCH = 256
"Messages asked for at once."
BATCH_BYTES = 4 * 1024 * 1024
"And bytes."
LEASE_S = 3.0
"A relay that has not renewed its lease for so long has lost the camera."
FLEET_LEASE_S = 6.0
"The same for a worker, which may have two hundred of them to renew."

_STREAM = "$JS.API.STREAM"
_NO_RESPONDERS = "503"


@dataclass(frozen=True, kw_only=True)
class StoredMessage:
    """A message of the stream."""

    place: int
    "its number in the stream"
    subject: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Extent:
    """What the stream holds."""

    first: int
    "number of the oldest message"
    last: int
    "number of the newest; below `first` where there is none"


async def ensure_stream(connection: FabricConnection, camera: str, retention: StreamLimits) -> None:
    """Make the stream of a camera where it is missing, and set the limits that are given; FabricError."""
    manager = connection.client.jsm(timeout=ANSWER_S)
    name = stream_of(camera)
    try:
        try:
            found = await connection.answered(manager.stream_info(name), f"{_STREAM}.INFO.{name}")
        except nats.js.errors.NotFoundError:
            await connection.answered(
                manager.add_stream(_config(camera, retention)), f"{_STREAM}.CREATE.{name}"
            )
            return
        wanted = _limited(found, retention)
        if wanted is not None:
            await connection.answered(manager.update_stream(wanted), f"{_STREAM}.UPDATE.{name}")
    except (nats.errors.Error, asyncio.TimeoutError) as error:
        raise _explained(connection, camera, error) from error


async def ensure_leases(connection: FabricConnection, bucket: str = LEASES, lease_s: float = LEASE_S) -> None:
    """Make a bucket of leases where it is missing; FabricError."""
    manager = connection.client.jsm(timeout=ANSWER_S)
    name = f"KV_{bucket}"
    try:
        try:
            await connection.answered(manager.stream_info(name), f"{_STREAM}.INFO.{name}")
        except nats.js.errors.NotFoundError:
            await manager.add_stream(
                StreamConfig(
                    name=name,
                    subjects=[f"$KV.{bucket}.>"],
                    max_age=lease_s,
                    max_msgs_per_subject=1,
                    storage=StorageType.MEMORY,
                    discard=DiscardPolicy.NEW,
                    duplicate_window=lease_s,
                    deny_delete=True,
                    allow_direct=True,
                )
            )
    except (nats.errors.Error, asyncio.TimeoutError) as error:
        raise _explained(connection, "", error) from error


def _config(camera: str, retention: StreamLimits) -> StreamConfig:
    return StreamConfig(
        name=stream_of(camera),
        subjects=subjects_of(camera),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=DEFAULT_KEEP_S if retention.keep_s is None else retention.keep_s,
        max_bytes=-1 if retention.keep_bytes is None else retention.keep_bytes,
        duplicate_window=min(DUPLICATES_S, retention.keep_s or DUPLICATES_S),
        allow_direct=True,
    )


def _limited(found: StreamInfo, retention: StreamLimits) -> StreamConfig | None:
    """The stream's configuration with the limits that are given; None where it has them."""
    config = found.config
    before = config.max_age, config.max_bytes
    if retention.keep_s is not None:
        config.max_age = retention.keep_s
        config.duplicate_window = min(DUPLICATES_S, retention.keep_s)
    if retention.keep_bytes is not None:
        config.max_bytes = retention.keep_bytes
    return None if (config.max_age, config.max_bytes) == before else config


class StreamReader:
    """Reads the stream of one camera."""

    def __init__(self, connection: FabricConnection, camera: str) -> None:
        self._connection = connection
        self._client = connection.client
        self._camera = camera
        self._subject = f"$JS.API.DIRECT.GET.{stream_of(camera)}"
        self._keyframes, self._frames = keyframe_subject(camera), frame_subject(camera)
        self._batches = True

    async def extent(self) -> Extent:
        """Which messages there are; FabricError where the camera is not recorded."""
        subject = f"{_STREAM}.INFO.{stream_of(self._camera)}"
        try:
            state = (await ask_api(self._connection, subject, {}, ANSWER_S)).get("state")
        except nats.errors.NoRespondersError as error:
            raise self._unknown() from error
        except (nats.errors.Error, asyncio.TimeoutError) as error:
            raise _explained(self._connection, self._camera, error) from error
        if state is None:
            raise self._unknown()
        return Extent(first=int(state["first_seq"]), last=int(state["last_seq"]))

    async def last(self, subject: str) -> StoredMessage | None:
        """The newest message of a subject."""
        return self._message(await self._request(f"{self._subject}.{subject}", None))

    async def keyframe_from(self, place: int) -> StoredMessage | None:
        """The first keyframe at a place or behind it."""
        query = {"seq": max(1, place), "next_by_subj": self._keyframes}
        return self._message(await self._request(self._subject, query))

    async def frames_from(self, place: int) -> AsyncIterator[StoredMessage]:
        """All frames from a place up to the newest, in order."""
        while messages := await self.batch(place):
            for message in messages:
                if self.is_frame(message):
                    yield message
            place = messages[-1].place + 1

    def is_frame(self, message: StoredMessage) -> bool:
        """Whether a message holds a frame, and not what else is told of a camera."""
        return message.subject in (self._keyframes, self._frames)

    async def batch(self, place: int) -> list[StoredMessage]:
        """The next messages from a place on, of whatever subject; empty behind the newest."""
        place = max(1, place)
        found = await self._read(place)
        if not found and (first := (await self.extent()).first) > place:
            return await self._read(first)  # what was there has been removed
        return found

    async def _read(self, place: int) -> list[StoredMessage]:
        return await (self._batch(place) if self._batches else self._side_by_side(place))

    async def _batch(self, place: int) -> list[StoredMessage]:
        """The next messages in one answer of many; empty behind the newest."""
        inbox = self._client.new_inbox()
        inbox_messages = await self._client.subscribe(inbox)
        messages: list[StoredMessage] = []
        query = {"seq": place, "batch": BATCH, "max_bytes": BATCH_BYTES}
        try:
            await self._client.publish(self._subject, json.dumps(query).encode(), reply=inbox)
            while True:
                answer = await inbox_messages.next_msg(timeout=ANSWER_S)
                message = self._message(answer)
                if message is None:
                    return messages
                messages.append(message)
                if "Nats-Num-Pending" not in (answer.headers or {}):
                    self._batches = False  # an older server, which has taken the first message for all
                    return messages
        except (nats.errors.Error, asyncio.TimeoutError) as error:
            raise _explained(self._connection, self._camera, error) from error
        finally:
            await _unsubscribe(inbox_messages)

    async def _side_by_side(self, place: int) -> list[StoredMessage]:
        """The same by single requests; what is not found was removed, or lies behind the end."""
        answers = await asyncio.gather(
            *(self._request(self._subject, {"seq": number}) for number in range(place, place + BATCH))
        )
        return [message for message in map(self._message, answers) if message is not None]

    async def _request(self, subject: str, query: dict[str, Any] | None) -> Msg:
        payload = b"" if query is None else json.dumps(query).encode()
        try:
            asking = self._client.request(subject, payload, timeout=ANSWER_S)
            return await self._connection.answered(asking, subject)
        except nats.errors.NoRespondersError as error:
            raise self._unknown() from error
        except (nats.errors.Error, asyncio.TimeoutError) as error:
            raise _explained(self._connection, self._camera, error) from error

    def _message(self, answer: Msg) -> StoredMessage | None:
        """The message in an answer; None where there is no such message."""
        headers = answer.headers or {}
        status = headers.get("Status", "")
        if status == _NO_RESPONDERS:
            raise self._unknown()
        if status or "Nats-Sequence" not in headers:
            return None
        return StoredMessage(
            place=int(headers["Nats-Sequence"]), subject=headers["Nats-Subject"], data=bytes(answer.data)
        )

    def _unknown(self) -> FabricError:
        return NotRecorded(
            f"the fabric at {self._connection.label} knows no camera {self._camera}: start its relay "
            f"(narrowcast relay {self._camera}=URL --fabric ...), or mend the name"
        )


def is_answer(message: Msg) -> bool:
    """Whether a message is an answer from a stream, and no frame that a relay has published."""
    return "Nats-Stream" in (message.headers or {})


class NotRecorded(FabricError):
    """The server has no stream of this camera, or does not record."""


async def _unsubscribe(subscription: Any) -> None:
    try:
        await subscription.unsubscribe()
    except nats.errors.Error:
        return  # the connection is gone, and the subscription with it


def _explained(connection: FabricConnection, camera: str, error: BaseException) -> FabricError:
    """The error of a server for people."""
    what = (
        f"camera {camera} in the fabric at {connection.label}"
        if camera
        else f"the fabric at {connection.label}"
    )
    if isinstance(error, (nats.js.errors.ServiceUnavailableError, nats.errors.NoRespondersError)):
        return FabricError(
            f"{what} cannot be recorded: the server has no JetStream, or its disk is full; start it with "
            "jetstream { store_dir: ... } in its configuration, or make room"
        )
    if isinstance(error, nats.js.errors.APIError):
        return FabricError(f"{what}: the server says: {error.description} (code {error.err_code})")
    return FabricError(f"{what} does not answer")
