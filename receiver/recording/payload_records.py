"""The records of a .ncast file: a stream, or one frame as it came; and how they become bytes and come back.

A record is a mark, the length of its body, a checksum of both, and the body: a letter that says what it is,
then its content. Mark and checksum depend on a number that each file draws for itself (`FileHeader.salt`): no
sender can put bytes into a payload that pass for a record of the file, or for the beginning of one.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from functools import cached_property

from narrowcast.errors import OutputError
from narrowcast.protocol import ArrivedFrame

MAGIC = b"NCAST\x02\r\n"
"How a file begins: name, version, and line ends that a transfer as text would spoil."
MAGIC_1 = b"NCAST\x01\r\n"
"How files of the version before begin, which has no more than this in front of its records."
MARK_1 = b"\xa5NC\x5a"
"How a record of version 1 begins."
STREAM_START = b'S{"codec": "'
"How the body of each stream record begins: by this one is found where the file's header is lost."
MAX_BODY_BYTES = 33 * 1024 * 1024
"No payload is longer than the protocol's 32 MiB."

MAX_STREAM_BYTES = 2048
"A stream record is 300 bytes long; JSON takes many times its length in memory."
MAX_SIDE = 16384
"Pixels: the widest that the protocol knows."
MAX_TEXT = 64
"Characters of a name, as in the protocol."
MAX_TIME_US = 2**53
"285 years: every time of a recording is below it, and exact in JSON."

_HEADER = struct.Struct("<8sII")
HEADER_BYTES = _HEADER.size
_HEAD = struct.Struct("<4sII")
HEAD_BYTES = _HEAD.size
_SALT = struct.Struct("<I")
_SEED = struct.Struct("<II")
_FRAME_1 = struct.Struct("<BHHQqq")
_FRAME = struct.Struct("<BHHQqQQ")
_STREAM_KIND, _FRAME_KIND = b"S", b"F"
_KEYFRAME, _DROPPABLE, _PAINTED = 1, 2, 4


class RecordDamaged(OutputError):
    """These bytes are no whole record; the text says why."""


@dataclass(frozen=True, kw_only=True)
class FileHeader:
    """What stands in front of the records."""

    version: int = 2
    "of the format, 1 or 2"
    salt: int = 0
    "32 bits that marks and checksums depend on; 0 in version 1"

    @cached_property
    def mark(self) -> bytes:
        """How a record begins, so that the next one is found behind one that was altered; 4 bytes."""
        return _SALT.pack(zlib.crc32(MARK_1, self.salt)) if self.version > 1 else MARK_1

    @property
    def size(self) -> int:
        """Where the first record begins."""
        return HEADER_BYTES if self.version > 1 else len(MAGIC_1)


@dataclass(frozen=True, kw_only=True)
class StreamRecord:
    """An entry point: what the frames behind it are; a keyframe follows, from which they can be decoded.

    In version 1 it stood only where a stream began, and had no time.
    """

    codec: str
    "name of the codec"
    model_id: str
    "of a learned codec; empty for a classic one"
    width: int
    "pixels"
    height: int
    "pixels"
    recorded_at: str
    "date and time of the frame behind it, ISO 8601 with the offset to UTC"
    time_us: int = 0
    "of the frame behind it, from the recording's first frame on"

    @property
    def format(self) -> tuple[str, str, int, int]:
        """What a decoder is made for."""
        return self.codec, self.model_id, self.width, self.height


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
    time_us: int | None
    "when it was taken, from the recording's first frame on; never falls. None in version 1, which has none"
    entry_bytes: int = 0
    "how far in front of this record its entry point lies; 0 in version 1"
    painted: bool = False
    "the picture that was shown had been painted by a network; False too where an older version recorded it"


def frame_record(frame: ArrivedFrame, *, time_us: int, entry_bytes: int, painted: bool) -> FrameRecord:
    """What is kept of a received frame, where it lies, and whether it was shown as a network painted it."""
    return FrameRecord(
        payload=frame.payload,
        keyframe=frame.keyframe,
        droppable=frame.droppable,
        quality_permille=round(1000 * frame.quality),
        epoch=frame.epoch,
        sequence=frame.sequence,
        capture_sender_us=frame.capture_sender_us,
        time_us=time_us,
        entry_bytes=entry_bytes,
        painted=painted,
    )


def pack_header(header: FileHeader) -> bytes:
    """The first bytes of a file of version 2."""
    return _HEADER.pack(MAGIC, header.salt, zlib.crc32(MAGIC, header.salt))


def unpack_header(data: bytes) -> FileHeader:
    """Undo pack_header, or read that of version 1; RecordDamaged where it is neither."""
    if data[: len(MAGIC_1)] == MAGIC_1:
        return FileHeader(version=1)
    if len(data) >= HEADER_BYTES:
        magic, salt, check = _HEADER.unpack_from(data)
        if magic == MAGIC and check == zlib.crc32(MAGIC, salt):
            return FileHeader(salt=salt)
    raise RecordDamaged("no recording of payloads begins like this")


def pack(record: StreamRecord | FrameRecord, header: FileHeader) -> bytes:
    """The record's bytes in a file of version 2, mark and checksum included."""
    body = _pack_stream(record, header) if isinstance(record, StreamRecord) else _pack_frame(record)
    return _HEAD.pack(header.mark, len(body), _checksum(body, header)) + body


def body_length(head: bytes, header: FileHeader) -> int:
    """How long the body is that follows these HEAD_BYTES; RecordDamaged where they begin no record."""
    mark, length, _ = _HEAD.unpack(head)
    if mark != header.mark or not 0 < length <= MAX_BODY_BYTES:
        raise RecordDamaged("no record begins here")
    return int(length)


def unpack(data: bytes, header: FileHeader) -> StreamRecord | FrameRecord:
    """Undo pack; RecordDamaged where a byte is not as it was written."""
    _, _, checksum = _HEAD.unpack_from(data)
    body = data[HEAD_BYTES:]
    if _checksum(body, header) != checksum:
        raise RecordDamaged("the checksum differs")
    kind, content = body[:1], body[1:]
    if kind == _STREAM_KIND:
        return _unpack_stream(content, header)
    if kind == _FRAME_KIND:
        return _unpack_frame(content, header)
    raise RecordDamaged("a kind of record that this version does not know")


def salt_of(data: bytes) -> int | None:
    """The salt that the whole stream record at the start of `data` repeats; None where none begins there."""
    try:
        _, length, _ = _HEAD.unpack_from(data)
        body = data[HEAD_BYTES : HEAD_BYTES + min(length, MAX_STREAM_BYTES)]
        salt = json.loads(body[1:]).get("salt")
        if type(salt) is not int or not 0 <= salt < 2**32:
            return None
        header = FileHeader(salt=salt)
        body_length(data[:HEAD_BYTES], header)
        unpack(data[:HEAD_BYTES] + body, header)
    except (RecordDamaged, ValueError, AttributeError, RecursionError, struct.error):
        return None
    return salt


def _checksum(body: bytes, header: FileHeader) -> int:
    if header.version == 1:
        return zlib.crc32(body, len(body))
    return zlib.crc32(body, zlib.crc32(_SEED.pack(len(body), header.salt)))


def _pack_stream(record: StreamRecord, header: FileHeader) -> bytes:
    return _STREAM_KIND + json.dumps({**asdict(record), "salt": header.salt}).encode("utf-8")


def _unpack_stream(content: bytes, header: FileHeader) -> StreamRecord:
    if len(content) > MAX_STREAM_BYTES:
        raise RecordDamaged(f"a stream record of {len(content)} bytes; it has up to {MAX_STREAM_BYTES}")
    try:
        fields = json.loads(content)
        return StreamRecord(
            codec=_text(fields["codec"]),
            model_id=_text(fields["model_id"]),
            width=_number(fields["width"], 1, MAX_SIDE),
            height=_number(fields["height"], 1, MAX_SIDE),
            recorded_at=_text(fields["recorded_at"]),
            time_us=_number(fields["time_us"], 0, MAX_TIME_US) if header.version > 1 else 0,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordDamaged(f"a stream record without its fields ({type(error).__name__})") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError("no short text")
    return value


def _number(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("no number in its range")
    return value


def _pack_frame(record: FrameRecord) -> bytes:
    flags = _KEYFRAME * record.keyframe | _DROPPABLE * record.droppable | _PAINTED * record.painted
    fields = (
        flags,
        record.quality_permille,
        record.epoch,
        record.sequence,
        record.capture_sender_us,
        record.time_us,
        record.entry_bytes,
    )
    return _FRAME_KIND + _FRAME.pack(*fields) + record.payload


def _unpack_frame(content: bytes, header: FileHeader) -> FrameRecord:
    layout = _FRAME if header.version > 1 else _FRAME_1
    if len(content) < layout.size:
        raise RecordDamaged(f"a frame of {len(content)} bytes, its fields take {layout.size}")
    flags, quality_permille, epoch, sequence, capture_sender_us, *places = layout.unpack_from(content)
    time_us, entry_bytes = places if header.version > 1 else (None, 0)
    if time_us is not None and time_us > MAX_TIME_US:
        raise RecordDamaged("a frame whose time is out of range")
    return FrameRecord(
        payload=content[layout.size :],
        keyframe=bool(flags & _KEYFRAME),
        droppable=bool(flags & _DROPPABLE),
        quality_permille=quality_permille,
        epoch=epoch,
        sequence=sequence,
        capture_sender_us=capture_sender_us,
        time_us=time_us,
        entry_bytes=entry_bytes,
        painted=bool(flags & _PAINTED),
    )
