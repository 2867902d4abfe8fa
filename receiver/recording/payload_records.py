"""The records of a .ncast file: a stream, or one frame as it came; and how they become bytes and come back.

A record is a mark, the length of its body, a checksum of both, and the body: a letter that says what it is,
then its content.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass

from narrowcast.errors import OutputError
from protocol import ArrivedFrame

MAGIC = b"NCAST\x01\r\n"
"How a file begins: name, version, and line ends that a transfer as text would spoil."
MARK = b"\xa5NC\x5a"
"How a record begins, so that the next one is found behind one that was altered."
MAX_BODY_BYTES = 33 * 1024 * 1024
"No payload is longer than the protocol's 32 MiB."

MAX_STREAM_BYTES = 2048
"A stream record is 200 bytes long; JSON takes many times its length in memory."
MAX_SIDE = 16384
"Pixels: the widest that the protocol knows."
MAX_TEXT = 64
"Characters of a name, as in the protocol."

_HEAD = struct.Struct("<4sII")
HEAD_BYTES = _HEAD.size
_FRAME = struct.Struct("<BHHQqq")
_STREAM_KIND, _FRAME_KIND = b"S", b"F"
_KEYFRAME, _DROPPABLE, _PAINTED = 1, 2, 4


class RecordDamaged(OutputError):
    """These bytes are no whole record; the text says why."""


@dataclass(frozen=True, kw_only=True)
class StreamRecord:
    """What the frames behind it are: written at the start, and whenever it changes."""

    codec: str
    "name of the codec"
    model_id: str
    "of a learned codec; empty for a classic one"
    width: int
    "pixels"
    height: int
    "pixels"
    recorded_at: str
    "date and time when it was written, ISO 8601 with the offset to UTC"


@dataclass(frozen=True, kw_only=True)
class FrameRecord:
    """One frame as it came."""

    payload: bytes
    "the bitstream"
    keyframe: bool
    "decodable without any earlier frame"
    droppable: bool
    "no later frame is predicted from this one"
    quality_permille: int
    "as it was coded"
    epoch: int
    "the sender's run"
    sequence: int
    "its number there"
    capture_sender_us: int
    "sender's clock, when it was taken"
    arrival_local_us: int
    "our monotonic clock, when it came"
    painted: bool = False
    "the picture that was shown had been painted by a network; False too where an older version recorded it"


def frame_record(frame: ArrivedFrame, *, painted: bool) -> FrameRecord:
    """What is kept of a received frame, and whether it was shown as a network painted it."""
    return FrameRecord(
        payload=frame.payload,
        keyframe=frame.keyframe,
        droppable=frame.droppable,
        quality_permille=round(1000 * frame.quality),
        epoch=frame.epoch,
        sequence=frame.sequence,
        capture_sender_us=frame.capture_sender_us,
        arrival_local_us=frame.arrival_local_us,
        painted=painted,
    )


def pack(record: StreamRecord | FrameRecord) -> bytes:
    """The record's bytes, mark and checksum included."""
    body = _pack_stream(record) if isinstance(record, StreamRecord) else _pack_frame(record)
    return _HEAD.pack(MARK, len(body), _checksum(body)) + body


def body_length(head: bytes) -> int:
    """How long the body is that follows these HEAD_BYTES; RecordDamaged where they begin no record."""
    mark, length, _ = _HEAD.unpack(head)
    if mark != MARK or not 0 < length <= MAX_BODY_BYTES:
        raise RecordDamaged("no record begins here")
    return int(length)


def unpack(data: bytes) -> StreamRecord | FrameRecord:
    """Undo pack; RecordDamaged where a byte is not as it was written."""
    _, _, checksum = _HEAD.unpack_from(data)
    body = data[HEAD_BYTES:]
    if _checksum(body) != checksum:
        raise RecordDamaged("the checksum differs")
    kind, content = body[:1], body[1:]
    if kind == _STREAM_KIND:
        return _unpack_stream(content)
    if kind == _FRAME_KIND:
        return _unpack_frame(content)
    raise RecordDamaged("a kind of record that this version does not know")


def _checksum(body: bytes) -> int:
    return zlib.crc32(body, len(body))


def _pack_stream(record: StreamRecord) -> bytes:
    return _STREAM_KIND + json.dumps(asdict(record)).encode("utf-8")


def _unpack_stream(content: bytes) -> StreamRecord:
    if len(content) > MAX_STREAM_BYTES:
        raise RecordDamaged(f"a stream record of {len(content)} bytes; it has up to {MAX_STREAM_BYTES}")
    try:
        fields = json.loads(content)
        return StreamRecord(
            codec=_text(fields["codec"]),
            model_id=_text(fields["model_id"]),
            width=_side(fields["width"]),
            height=_side(fields["height"]),
            recorded_at=_text(fields["recorded_at"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordDamaged(f"a stream record without its fields ({type(error).__name__})") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError("no short text")
    return value


def _side(value: object) -> int:
    if type(value) is not int or not 0 < value <= MAX_SIDE:
        raise ValueError("no width or height")
    return value


def _pack_frame(record: FrameRecord) -> bytes:
    flags = _KEYFRAME * record.keyframe | _DROPPABLE * record.droppable | _PAINTED * record.painted
    fields = (
        flags,
        record.quality_permille,
        record.epoch,
        record.sequence,
        record.capture_sender_us,
        record.arrival_local_us,
    )
    return _FRAME_KIND + _FRAME.pack(*fields) + record.payload


def _unpack_frame(content: bytes) -> FrameRecord:
    if len(content) < _FRAME.size:
        raise RecordDamaged(f"a frame of {len(content)} bytes, its fields take {_FRAME.size}")
    flags, quality_permille, epoch, sequence, capture_sender_us, arrival_local_us = _FRAME.unpack_from(
        content
    )
    return FrameRecord(
        payload=content[_FRAME.size :],
        keyframe=bool(flags & _KEYFRAME),
        droppable=bool(flags & _DROPPABLE),
        quality_permille=quality_permille,
        epoch=epoch,
        sequence=sequence,
        capture_sender_us=capture_sender_us,
        arrival_local_us=arrival_local_us,
        painted=bool(flags & _PAINTED),
    )
