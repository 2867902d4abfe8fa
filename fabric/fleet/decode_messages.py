"""What a worker and its decode processes write to each other: batches of frames, answers for each camera."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import msgspec

from narrowcast.errors import FabricError
from narrowcast.fabric.tile import is_jpeg
from narrowcast.prepared_types import prepared
from narrowcast.receiver.events.event import EventKind, EventState
from narrowcast.text import printable

LENGTH = struct.Struct("<I")
"In front of each message."
MAX_BATCH_BYTES = 128 * 1024 * 1024
MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_REFUSAL = 200


class HostileAnswerError(FabricError):
    """A decode process answers what none would that is whole."""


@dataclass(frozen=True, kw_only=True)
class CameraWork:
    """The frames of one camera."""

    slot: int
    "number of the camera in this worker"
    codec: str
    width: int
    height: int
    payloads: tuple[bytes, ...]
    "in order; the picture of the last is wanted"


@dataclass(frozen=True, kw_only=True)
class DecodeBatch:
    """What a process does next."""

    works: tuple[CameraWork, ...]
    forget: tuple[int, ...] = ()
    "cameras that other workers have now"


@dataclass(frozen=True, kw_only=True)
class SceneEvent:
    """What a picture showed."""

    kind: EventKind
    state: EventState
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class CameraDone:
    """What became of the frames of one camera."""

    slot: int
    decoded: int
    "frames"
    jpeg: bytes = b""
    "of the last one; empty where it cannot be decoded"
    events: tuple[SceneEvent, ...] = ()
    refusal: str = ""
    "why decoding goes on at a keyframe only; one line"


@dataclass(frozen=True, kw_only=True)
class DecodeAnswer:
    """The answer to a batch, in its order."""

    done: tuple[CameraDone, ...]


def pack_batch(batch: DecodeBatch) -> bytes:
    """A message for a process, with its length in front."""
    return _framed(batch)


def unpack_batch(data: bytes) -> DecodeBatch:
    """Undo pack_batch, the length being read already."""
    return msgspec.msgpack.decode(data, type=prepared(DecodeBatch))


def pack_answer(answer: DecodeAnswer) -> bytes:
    """A message of a process, with its length in front."""
    return _framed(answer)


def unpack_answer(data: bytes, asked: DecodeBatch) -> DecodeAnswer:
    """Undo pack_answer; HostileAnswerError where that is no answer to what was asked."""
    try:
        answer = msgspec.msgpack.decode(data, type=prepared(DecodeAnswer))
    except (msgspec.MsgspecError, ValueError) as error:
        raise HostileAnswerError("an answer that cannot be read") from error
    if [each.slot for each in answer.done] != [each.slot for each in asked.works]:
        raise HostileAnswerError("an answer for other cameras")
    for each in answer.done:
        if not is_jpeg(each.jpeg) or printable(each.refusal, MAX_REFUSAL) != each.refusal:
            raise HostileAnswerError("an answer that holds no picture")
    return answer


def _framed(message: object) -> bytes:
    data = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(data)) + data
