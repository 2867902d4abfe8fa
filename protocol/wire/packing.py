"""How messages become bytes and come back.

Those that come with every frame have a layout of their own (see `frame_layout`). HELLO and REJECT are a
msgpack map whose key 0 holds the kind, in every version, so that versions can refuse each other; the others
are a msgpack array whose first item is the kind (see `records`). Small messages may ride in front of another.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.wire.frame_layout import (
    FRAME,
    FRAME_PART,
    STILL_PART,
    pack_laid_out,
    unpack_laid_out,
)
from narrowcast.protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePair,
    FramePart,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from narrowcast.protocol.wire.records import pack_array, pack_map, unpack_record
from narrowcast.protocol.wire.session_messages import PROTOCOL_VERSION, Bye, Hello, Reject, Welcome

MAX_CONTROL_BYTES = 4096
"The longest message without a payload: a HELLO with every codec is under 1 KiB."

FRAME_HEADER_BYTES = 256
"More than a FRAME can hold beside its payload, with a rider in front."

RIDER = 0x08
"First byte of a rider; the next one is its length, and behind it the message that it rides on."

MAX_RIDERS = 2


class MessageKind(IntEnum):
    """The kinds of the messages that are msgpack."""

    HELLO = 1
    WELCOME = 2
    REJECT = 3
    REPORT = 6
    KEYFRAME_REQUEST = 7
    PING = 8
    PONG = 9
    BYE = 10
    STILL_REQUEST = 12


_CLASSES: dict[MessageKind, type[Message]] = {
    MessageKind.HELLO: Hello,
    MessageKind.WELCOME: Welcome,
    MessageKind.REJECT: Reject,
    MessageKind.REPORT: Report,
    MessageKind.KEYFRAME_REQUEST: KeyframeRequest,
    MessageKind.PING: Ping,
    MessageKind.PONG: Pong,
    MessageKind.BYE: Bye,
    MessageKind.STILL_REQUEST: StillRequest,
}
_KINDS = {message_type: kind for kind, message_type in _CLASSES.items()}
_FOR_EVERY_VERSION = (MessageKind.HELLO, MessageKind.REJECT)
_STABLE_HELLO_FIELDS = 3
"Version, role and instance: what is read of a HELLO of another version."


def pack(message: Message, riders: list[Message] | None = None) -> bytes:
    """Turn a message into bytes; MessageError where a field is out of its range.

    `riders` are small messages that travel in front of it.
    """
    out = b""
    for rider in riders or []:
        packed = pack(rider)
        out += bytes([RIDER, len(packed)]) + packed
    if isinstance(message, (FrameMessage, FramePair, FramePart, Ack, StillPart)):
        return out + pack_laid_out(message)
    kind = _KINDS[type(message)]
    if kind in _FOR_EVERY_VERSION:
        content: Any = pack_map(message)
        packed = msgspec.msgpack.encode({0: int(kind), **content})
    else:
        content = pack_array(message)
        packed = msgspec.msgpack.encode([int(kind), *content])
    unpack_record(type(message), content)
    return out + packed


def unpack(data: bytes, *, max_payload_bytes: int = 0) -> Message:
    """Turn bytes from any peer into a message; MessageError where they are none, or where another one rides.

    A payload may have up to `max_payload_bytes`; 0 where none is expected.
    """
    largest = max(MAX_CONTROL_BYTES, max_payload_bytes + FRAME_HEADER_BYTES)
    if not 0 < len(data) <= largest:
        raise MessageError(f"needed a message of 1 to {largest} bytes, got {len(data)}")
    first = data[0]
    if len(data) > MAX_CONTROL_BYTES and first not in (FRAME_PART, STILL_PART) and first & ~0x3F != FRAME:
        raise MessageError(f"needed at most {MAX_CONTROL_BYTES} bytes without a payload, got {len(data)}")
    if first < 0x80:
        message = unpack_laid_out(data)
        if isinstance(message, (Ack, FramePair)):
            return message
        if len(message.payload) > max(MAX_CONTROL_BYTES, max_payload_bytes):
            raise MessageError(
                f"needed a payload of at most {max_payload_bytes} bytes, got {len(message.payload)}"
            )
        return message
    try:
        packed = msgspec.msgpack.decode(data)
    # UnicodeDecodeError is a ValueError; a map with a list as its key raises TypeError.
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as error:
        raise MessageError(f"needed msgpack, got {len(data)} bytes that are none: {error}") from error
    return _unpack_msgpack(packed)


def unpack_all(data: bytes, *, max_payload_bytes: int = 0) -> list[Message]:
    """Turn bytes from any peer into the messages in them: riders first, then the one that carries them.

    The two frames of a pair are two messages.
    """
    messages: list[Message] = []
    while data[:1] == bytes([RIDER]) and len(messages) < MAX_RIDERS:
        end = 2 + (data[1] if len(data) > 1 else 0)
        messages.append(unpack(data[2:end]))
        data = data[end:]
    messages.append(unpack(data, max_payload_bytes=max_payload_bytes))
    return [
        single
        for message in messages
        for single in ((message.first, message.second) if isinstance(message, FramePair) else (message,))
    ]


def _unpack_msgpack(packed: Any) -> Message:
    """Find the kind of message in its array or map, and check its fields."""
    content: Any = packed
    if isinstance(packed, list):
        kind, content = packed[0] if packed else None, packed[1:]
    elif isinstance(packed, dict):
        kind = packed.get(0)
    else:
        raise MessageError(f"needed a msgpack array or map, got {type(packed).__name__}")
    if type(kind) is not int or kind not in _CLASSES:
        raise MessageError(f"needed the kind of a message first, one of {sorted(map(int, _CLASSES))}")
    message_type = _CLASSES[MessageKind(kind)]
    if (kind in _FOR_EVERY_VERSION) != isinstance(packed, dict):
        raise MessageError(f"{message_type.__name__} came in the form of another version")
    if kind == MessageKind.HELLO and content.get(1) != PROTOCOL_VERSION:
        # It will be refused: only what every version agrees on is read.
        content = {number: content.get(number) for number in range(1, _STABLE_HELLO_FIELDS + 1)}
    return unpack_record(message_type, content)
