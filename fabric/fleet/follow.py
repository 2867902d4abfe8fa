"""Follows one camera for a worker: joins at its last keyframe, then takes what is published."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import nats.errors
from nats.aio.msg import Msg

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import keyframe_subject, state_subject, video_subjects
from narrowcast.fabric.records import FabricFrame, unpack_message
from narrowcast.fabric.state import CameraState, StateError, unpack_state
from narrowcast.fabric.stream import NotRecorded, StreamReader, is_answer
from narrowcast.receiver.recording.payload_records import RecordDamaged
from narrowcast.runtime.clock import now_us

MAX_JOINED = 1000
"Frames behind the last keyframe that are read; with more of them, the next keyframe is waited for."


class CameraFollower(Protocol):
    """Who is told what comes."""

    def came(self, frame: FabricFrame, at_us: int) -> None:
        """A frame that came then, on our monotonic clock; one that is read later came when it was taken."""
        ...

    def state(self, state: CameraState) -> None:
        """How the camera is, as its relay says."""
        ...

    def damaged(self, error: RecordDamaged) -> None:
        """A message that cannot be read."""
        ...


@asynccontextmanager
async def following(
    connection: FabricConnection, camera: str, follower: CameraFollower
) -> AsyncIterator[None]:
    """Follow a camera for as long as the block runs; FabricError where the server does not answer."""
    live: list[Msg] | None = []

    async def on_video(message: Msg) -> None:
        if is_answer(message):  # somebody had the server answer onto this subject: it is no frame
            return
        if live is not None:
            live.append(message)
        else:
            _take(follower, message.data, now_us())

    async def on_state(message: Msg) -> None:
        _take_state(follower, message.data)

    client = connection.client
    subscriptions = [
        await client.subscribe(video_subjects(camera), cb=on_video),
        await client.subscribe(state_subject(camera), cb=on_state),
    ]
    try:
        await client.flush()  # from here on nothing is missed: what is read next overlaps with what comes
        await _join(connection, camera, follower)
        waiting, live = live or [], None
        for message in waiting:
            _take(follower, message.data, now_us())
        yield
    finally:
        for subscription in subscriptions:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()


async def _join(connection: FabricConnection, camera: str, follower: CameraFollower) -> None:
    """Read the last keyframe and what followed it; a camera that is not recorded is only followed."""
    reader = StreamReader(connection, camera)
    with suppress(NotRecorded):
        state = await reader.last(state_subject(camera))
        keyframe = await reader.last(keyframe_subject(camera))
        calendar_us, count = time.time_ns() // 1000, 0
        if keyframe is not None:
            async for message in reader.frames_from(keyframe.place):
                _take(follower, message.data, now_us(), calendar_us)
                count += 1
                if count >= MAX_JOINED:
                    break
        if state is not None:
            _take_state(follower, state.data)


def _take(follower: CameraFollower, data: bytes, at_us: int, calendar_us: int | None = None) -> None:
    """Hand on a frame; with the calendar's time now, it counts from when it was taken."""
    try:
        frame = unpack_message(data)
    except RecordDamaged as error:
        follower.damaged(error)
        return
    age_us = 0 if calendar_us is None else max(0, calendar_us - (frame.frame.time_us or calendar_us))
    follower.came(frame, at_us - age_us)


def _take_state(follower: CameraFollower, data: bytes) -> None:
    try:
        follower.state(unpack_state(data))
    except StateError:
        return  # of a later version; the frames say all that has to be known
