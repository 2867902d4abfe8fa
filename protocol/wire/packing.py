"""How messages become bytes and come back.

A message is one msgpack map: key 0 holds the kind of message and comes first, the other keys are field
numbers (see `records`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, get_args

import msgpack

from protocol.errors import MessageError
from protocol.wire.messages import Message
from protocol.wire.records import pack_record, unpack_record
from protocol.wire.session_messages import MAX_OFFERS

MAX_CONTROL_BYTES = 4096
"The longest message without a payload: a HELLO with every codec is under 1 KiB."

FRAME_HEADER_BYTES = 256
"More than a FRAME can hold beside its payload."

MAX_FIELDS = 64
"The longest map accepted: four times the fields of any message, for later versions."


class MessageKind(IntEnum):
    """The kind of a message, which is the value of key 0; in the order of the classes in `Message`."""

    HELLO = 1
    WELCOME = 2
    REJECT = 3
    FRAME = 4
    ACK = 5
    REPORT = 6
    KEYFRAME_REQUEST = 7
    PING = 8
    PONG = 9
    BYE = 10
    FRAME_PART = 11
    STILL_REQUEST = 12
    STILL_PART = 13


_CLASSES: dict[MessageKind, type[Message]] = dict(zip(MessageKind, get_args(Message), strict=True))
_KINDS_WITH_PAYLOAD = (MessageKind.FRAME, MessageKind.FRAME_PART, MessageKind.STILL_PART)
_KINDS = {message_type: kind for kind, message_type in _CLASSES.items()}


def pack(message: Message) -> bytes:
    """Turn a message into bytes; MessageError where a field is out of its range."""
    packed: bytes = msgpack.packb({0: int(_KINDS[type(message)]), **pack_record(message)})
    return packed


def unpack(data: bytes, *, max_payload_bytes: int = 0) -> Message:
    """Turn bytes from any peer into a message; MessageError where they are none.

    A payload may have up to `max_payload_bytes`; 0 where none is expected.
    """
    largest = max(MAX_CONTROL_BYTES, max_payload_bytes + FRAME_HEADER_BYTES)
    if not 0 < len(data) <= largest:
        raise MessageError(f"needed a message of 1 to {largest} bytes, got {len(data)}")
    try:
        message_type, packed = _unpack_map(data, max_payload_bytes)
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise MessageError(f"needed a msgpack map, got {len(data)} bytes that are none: {error}") from error
    return unpack_record(message_type, packed)


def _unpack_map(data: bytes, max_payload_bytes: int) -> tuple[type[Message], dict[Any, Any]]:
    """Read the kind of message first, then its fields within the limits of that kind."""
    # A nested list or map inside a large FRAME could grow to a hundred times its bytes in memory: only the
    # small kinds may nest.
    may_nest = len(data) <= MAX_CONTROL_BYTES
    longest = max_payload_bytes if len(data) > MAX_CONTROL_BYTES else MAX_CONTROL_BYTES
    unpacker = msgpack.Unpacker(
        max_buffer_size=len(data),
        max_str_len=MAX_CONTROL_BYTES,
        max_bin_len=longest,
        max_array_len=MAX_OFFERS if may_nest else 0,
        max_map_len=MAX_FIELDS if may_nest else 0,
        max_ext_len=0,
        strict_map_key=False,
    )
    unpacker.feed(data)
    count = unpacker.read_map_header()
    if not 1 <= count <= MAX_FIELDS:
        raise MessageError(f"needed a map of 1 to {MAX_FIELDS} fields, got {count}")
    message_type = _message_type(unpacker.unpack(), unpacker.unpack(), len(data))
    packed = {unpacker.unpack(): unpacker.unpack() for _ in range(count - 1)}
    if unpacker.tell() != len(data):
        raise MessageError(f"needed one message, got {len(data) - unpacker.tell()} bytes behind it")
    return message_type, packed


def _message_type(key: Any, kind: Any, size: int) -> type[Message]:
    if type(key) is not int or key != 0 or type(kind) is not int:
        raise MessageError("needed the kind of message as the first field")
    if kind not in _CLASSES:
        raise MessageError(f"needed a kind of message from 1 to {max(_CLASSES)}, got {kind}")
    if size > MAX_CONTROL_BYTES and kind not in _KINDS_WITH_PAYLOAD:
        name = MessageKind(kind).name
        raise MessageError(f"needed at most {MAX_CONTROL_BYTES} bytes for {name}, got {size}")
    return _CLASSES[MessageKind(kind)]
