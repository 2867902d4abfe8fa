"""Follows one camera over one connection: joins at its last keyframe, then takes what is published."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import keyframe_subject, state_subject, video_subjects
from narrowcast.fabric.records import FabricFrame, unpack_message
from narrowcast.fabric.state import CameraState, StateError, unpack_state
from narrowcast.fabric.stream import NotRecorded, StreamReader
from narrowcast.fabric.tasks import end_tasks
from narrowcast.receiver.recording.payload_records import RecordDamaged

MAX_JOINED = 60_000
"Frames behind the last keyframe that a viewer begins with: an hour of them."
LOOK_BACK = 512
"Messages before a last keyframe that is damaged, among which another one is looked for."
_SHORT_S = 0.005
QUIET_S = 5.0
"So long nothing comes before it is told, and told again."


class Watcher(Protocol):
    """Who is told what comes."""

    def came(self, frames: list[FabricFrame]) -> None:
        """Frames, in order; some may have come before."""
        ...

    def state(self, state: CameraState) -> None:
        """How the camera is, as its relay says."""
        ...

    def damaged(self, error: RecordDamaged) -> None:
        """A message that cannot be read."""
        ...

    def quiet(self, text: str) -> None:
        """Nothing comes, and why that may be."""
        ...


async def watch(connection: FabricConnection, camera: str, watcher: Watcher) -> None:
    """Follow a camera until the connection is over."""
    client = connection.client
    video = await client.subscribe(video_subjects(camera))
    states = await client.subscribe(state_subject(camera))
    await client.flush()  # from here on nothing is missed: what is read next overlaps with what comes
    await _join(connection, camera, watcher)
    tasks = [
        asyncio.create_task(_take_states(states, video, watcher)),
        asyncio.create_task(_take_frames(video, watcher)),
    ]
    closed = asyncio.create_task(connection.closed.wait())
    try:
        await asyncio.wait([*tasks, closed], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        await end_tasks(*tasks, closed)


async def _join(connection: FabricConnection, camera: str, watcher: Watcher) -> None:
    """Read the last keyframe and what followed it; a camera that is not recorded is only followed."""
    reader = StreamReader(connection, camera)
    try:
        state = await reader.last(state_subject(camera))
        keyframe = await reader.last(keyframe_subject(camera))
        said = None if state is None else _state_of(state.data)
        if said is not None:  # what the frames are of comes before them, and that they ended behind them
            watcher.state(replace(said, linked=True, ended=False, reason=""))
        frames: list[FabricFrame] = []
        if keyframe is not None:
            place = keyframe.place if _is_whole(keyframe.data) else keyframe.place - LOOK_BACK
            async for message in reader.frames_from(place):
                _append(frames, message.data, watcher)
                if len(frames) >= MAX_JOINED:
                    break
        watcher.came(frames)
        if said is not None and not said.linked:
            watcher.state(said)
    except NotRecorded as error:
        watcher.quiet(error.text)


async def _take_frames(video: Subscription, watcher: Watcher) -> None:
    while True:
        try:
            first = await video.next_msg(timeout=QUIET_S)
        except nats.errors.TimeoutError:
            watcher.quiet("")
            continue
        except nats.errors.ConnectionClosedError:
            return
        frames: list[FabricFrame] = []
        _append(frames, first.data, watcher)
        while video.pending_msgs:  # what came together is given on together
            _append(frames, (await video.next_msg(timeout=QUIET_S)).data, watcher)
        watcher.came(frames)


async def _take_states(states: Subscription, video: Subscription, watcher: Watcher) -> None:
    """Take how the camera is, each time behind the frames that came before."""
    while True:
        try:
            message: Msg = await states.next_msg(timeout=3600)
        except nats.errors.TimeoutError:
            continue
        except nats.errors.ConnectionClosedError:
            return
        while video.pending_msgs:
            await asyncio.sleep(_SHORT_S)
        state = _state_of(message.data)
        if state is not None:
            watcher.state(state)


def _is_whole(data: bytes) -> bool:
    try:
        return unpack_message(data).keyframe
    except RecordDamaged:
        return False


def _append(frames: list[FabricFrame], data: bytes, watcher: Watcher) -> None:
    try:
        frames.append(unpack_message(data))
    except RecordDamaged as error:
        watcher.damaged(error)


def _state_of(data: bytes) -> CameraState | None:
    try:
        return unpack_state(data)
    except StateError:
        return None  # of a later version; the frames say all that has to be known
