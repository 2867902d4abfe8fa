"""Frames of a camera in a real server."""

from __future__ import annotations

from collections.abc import Sequence

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import frame_subject, keyframe_subject
from narrowcast.fabric.records import unpack_message
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.stream import ensure_stream
from tests.fabric.fabric_samples_of_messages import (
    FRAME_US,
    START_US,
    STREAM,
    frames,
    messages,
    sequences,
    unpacked,
)

__all__ = [
    "FRAME_US",
    "START_US",
    "STREAM",
    "frames",
    "messages",
    "publish",
    "record",
    "sequences",
    "unpacked",
]


async def publish(connection: FabricConnection, camera: str, data: Sequence[bytes]) -> None:
    """Have messages recorded, each with what tells it apart."""
    stream = connection.client.jetstream()
    for each in data:
        message = unpack_message(each)
        subject = keyframe_subject(camera) if message.keyframe else frame_subject(camera)
        message_id = f"{message.frame.epoch}:{message.frame.sequence}"
        await stream.publish(subject, each, headers={"Nats-Msg-Id": message_id})


async def record(connection: FabricConnection, camera: str, data: Sequence[bytes]) -> None:
    """The same, with the stream made first."""
    await ensure_stream(connection, camera, StreamLimits())
    await publish(connection, camera, data)
