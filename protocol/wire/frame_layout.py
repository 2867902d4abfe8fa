"""The messages that come with every frame or carry large payloads, laid out byte by byte (docs/protocol.md).

Their first byte is below 0x80, where no msgpack array or map begins. The payload is the rest of the message.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TypeAlias

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.wire.fields import MAX_COUNT, MAX_PAYLOAD_BYTES
from narrowcast.protocol.wire.messages import Ack, FrameMessage, FramePair, FramePart, StillPart

ACK, FRAME_PAIR, FRAME_PART, STILL_PART, FRAME = 0x10, 0x18, 0x20, 0x30, 0x40
"First bytes; that of a FRAME also holds its flags, in the lower six bits."

KEYFRAME, DROPPABLE, FULL, DISTANCE, PARTS = 1, 2, 4, 8, 16

SEQUENCES = 2**16
CAPTURES = 2**24
"Sequence and capture time (microseconds) on the wire are modulo these, where they are not full."

DELAY_STEP_US = 100
MAX_HOLD_US = 2**24 - 1
MAX_REASON_CHARACTERS = 300

LaidOut: TypeAlias = FrameMessage | FramePair | FramePart | Ack | StillPart
"the messages of this layout"

_PART = struct.Struct(">BHH")
_PAIR = struct.Struct(">BH")
_STILL = struct.Struct(">BQII")
_FULL = struct.Struct(">Qq")


def pack_laid_out(message: LaidOut) -> bytes:
    """Lay a message out; MessageError where a number does not fit."""
    try:
        if isinstance(message, FrameMessage):
            return _pack_frame(message)
        if isinstance(message, FramePair):
            first = _pack_frame(message.first)
            return _PAIR.pack(FRAME_PAIR, len(first)) + first + _pack_frame(message.second)
        if isinstance(message, FramePart):
            return _PART.pack(FRAME_PART, message.sequence % SEQUENCES, message.part) + message.payload
        if isinstance(message, Ack):
            hold_us = min(max(0, message.hold_us), MAX_HOLD_US)
            return struct.pack(">BH", ACK, message.sequence % SEQUENCES) + hold_us.to_bytes(3, "big")
        rest = message.payload if message.total_bytes else message.reason[:MAX_REASON_CHARACTERS].encode()
        return _STILL.pack(STILL_PART, message.sequence, message.offset, message.total_bytes) + rest
    except (struct.error, OverflowError) as error:
        raise MessageError(f"{type(message).__name__}: a number does not fit: {error}") from error


def message_bytes(message: FrameMessage | FramePair | FramePart) -> int:
    """How many bytes a message of a frame, or of two, has."""
    if isinstance(message, FramePair):
        return _PAIR.size + message_bytes(message.first) + message_bytes(message.second)
    if isinstance(message, FramePart):
        return _PART.size + len(message.payload)
    numbers = _FULL.size if message.full or message.keyframe else 5
    optional = 2 * (message.chain_distance != 1) + 2 * (message.parts != 1)
    return 3 + numbers + optional + len(message.payload)


def unpack_laid_out(data: bytes) -> LaidOut:
    """Take a message apart; MessageError where it is none."""
    first = data[0]
    try:
        if first & ~0x3F == FRAME:
            return _unpack_frame(data)
        if first == FRAME_PAIR:
            return _unpack_pair(data)
        if first == FRAME_PART:
            _, sequence, part = _PART.unpack_from(data)
            return FramePart(sequence=sequence, part=part, payload=data[_PART.size :])
        if first == ACK and len(data) == 6:
            (sequence,) = struct.unpack_from(">H", data, 1)
            return Ack(sequence=sequence, hold_us=int.from_bytes(data[3:], "big"))
        if first == STILL_PART:
            return _unpack_still(data)
    except struct.error as error:
        raise MessageError(f"message {first:#04x} ends early: {error}") from error
    raise MessageError(f"needed a message, got {len(data)} bytes that begin with {first:#04x}")


def _pack_frame(frame: FrameMessage) -> bytes:
    full = frame.full or frame.keyframe
    flags = KEYFRAME * frame.keyframe | DROPPABLE * frame.droppable | FULL * full
    flags |= DISTANCE * (frame.chain_distance != 1) | PARTS * (frame.parts != 1)
    delay = min(max(0, frame.send_delay_us) // DELAY_STEP_US, 2**16 - 1)
    if full:
        numbers = _FULL.pack(frame.sequence, frame.capture_sender_us)
    else:
        capture = frame.capture_sender_us % CAPTURES
        numbers = struct.pack(">H", frame.sequence % SEQUENCES) + capture.to_bytes(3, "big")
    head = bytes([FRAME | flags]) + numbers + struct.pack(">H", delay)
    if frame.chain_distance != 1:
        # A chain that reaches further back does not fit: the receiver sees it as broken.
        head += struct.pack(">H", min(frame.chain_distance, 2**16 - 1))
    if frame.parts != 1:
        head += struct.pack(">H", frame.parts)
    return head + frame.payload


def _unpack_frame(data: bytes) -> FrameMessage:
    flags = data[0] & 0x3F
    if flags & 0x20 or (flags & KEYFRAME and not flags & FULL):
        raise MessageError(f"needed the flags of a FRAME, got {flags:#04x}")
    if flags & FULL:
        sequence, capture_us = _FULL.unpack_from(data, 1)
        at = 1 + _FULL.size
        if sequence > MAX_COUNT or abs(capture_us) > MAX_COUNT:
            raise MessageError("needed a sequence and a capture time of at most 2^53")
    else:
        (sequence,) = struct.unpack_from(">H", data, 1)
        capture_us = int.from_bytes(data[3:6], "big")
        at = 6
    (delay,) = struct.unpack_from(">H", data, at)
    extras = {}
    for flag, name in ((DISTANCE, "chain_distance"), (PARTS, "parts")):
        if flags & flag:
            at += 2
            (extras[name],) = struct.unpack_from(">H", data, at)
            if extras[name] == 1:
                raise MessageError(f"needed {name} only where it is not 1")
    return FrameMessage(
        sequence=sequence,
        capture_sender_us=capture_us,
        payload=data[at + 2 :],
        send_delay_us=delay * DELAY_STEP_US,
        keyframe=bool(flags & KEYFRAME),
        droppable=bool(flags & DROPPABLE),
        full=bool(flags & FULL),
        **extras,
    )


def _unpack_pair(data: bytes) -> FramePair:
    _, length = _PAIR.unpack_from(data)
    first, second = data[_PAIR.size : _PAIR.size + length], data[_PAIR.size + length :]
    if not first or not second or {first[0] & ~0x3F, second[0] & ~0x3F} != {FRAME}:
        raise MessageError(f"needed a pair of FRAMEs, got {len(first)} and {len(second)} bytes")
    frames = _unpack_frame(first), _unpack_frame(second)
    if any(frame.parts != 1 for frame in frames):
        raise MessageError("needed whole frames in a pair")
    return FramePair(first=replace(frames[0], first_of_pair=True), second=frames[1])


def _unpack_still(data: bytes) -> StillPart:
    _, sequence, offset, total_bytes = _STILL.unpack_from(data)
    rest = data[_STILL.size :]
    if sequence > MAX_COUNT or max(offset, total_bytes) > 2 * MAX_PAYLOAD_BYTES:
        raise MessageError(f"needed a still of at most {2 * MAX_PAYLOAD_BYTES} bytes")
    if total_bytes:
        return StillPart(sequence=sequence, offset=offset, total_bytes=total_bytes, payload=rest)
    try:
        reason = rest.decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"StillPart: the reason is no text: {error}") from error
    if len(reason) > MAX_REASON_CHARACTERS:
        raise MessageError(
            f"needed a reason of at most {MAX_REASON_CHARACTERS} characters, got {len(reason)}"
        )
    return StillPart(sequence=sequence, offset=offset, reason=reason)
