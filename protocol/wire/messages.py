"""The messages of the protocol, and how they become bytes and come back.

A message is one msgpack map: key 0 holds the kind of message and comes first, the other keys are field
numbers (see `records`). HELLO, REJECT and BYE keep their first fields in every version, so that versions can
refuse each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, TypeAlias

import msgpack

from protocol.errors import MessageError
from protocol.wire import fields
from protocol.wire.records import Record, Records, pack_record, unpack_record

PROTOCOL_VERSION = 2
"Rises when an older peer could no longer understand; a new optional field is no reason."

MAX_CONTROL_BYTES = 4096
"The longest message without a payload: a HELLO with every codec is under 1 KiB."

FRAME_HEADER_BYTES = 256
"More than a FRAME can hold beside its payload."

MAX_FIELDS = 64
"The longest map taken: four times what any message has, room for later versions."

MAX_OFFERS = 32
"Codecs in one HELLO."


class MessageKind(IntEnum):
    """What key 0 says."""

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


class Role(IntEnum):
    """Which end a HELLO comes from."""

    RECEIVER = 1
    SENDER = 2


class RejectCode(IntEnum):
    """Why a sender turns a receiver away."""

    VERSION = 1
    CODEC = 2
    MODEL = 3
    FULL = 4
    STREAM = 5
    LIMITS = 6


@dataclass(frozen=True, kw_only=True)
class CodecOffer:
    """A codec that a receiver can decode."""

    name: fields.Name
    "as on the command line"
    model_id: fields.Name = ""
    "hash of a learned codec's shared integers; empty for a classic one"


@dataclass(frozen=True, kw_only=True)
class StreamParameters:
    """What a receiver must know to decode a stream."""

    width: fields.Side
    "pixels"
    height: fields.Side
    "pixels"
    fps: fields.Rate
    "frames a second that the sender aims at"
    codec: fields.Name
    "as on the command line"
    model_id: fields.Name = ""
    "hash of a learned codec's shared integers; empty for a classic one"
    max_kbps: fields.Rate = 0.0
    "the sender's cap; 0 for none"
    max_payload_bytes: fields.Count = fields.MAX_PAYLOAD_BYTES
    "the longest payload that will come"
    stream: fields.Id16 = 0
    "which of the sender's streams"
    name: fields.StreamName = ""
    "what the sender calls it, for people; empty where it has no name"


@dataclass(frozen=True, kw_only=True)
class Hello:
    """A receiver asks for a stream; or a sender that connected says it is here and wants to be asked."""

    version: fields.Id16
    "protocol version"
    role: fields.Id16
    "a Role"
    instance: fields.Id63
    "drawn at random by each run of a program, so that it is known again after a reconnect"
    codecs: Annotated[tuple[CodecOffer, ...], Records(CodecOffer, MAX_OFFERS)] = ()
    "what the receiver can decode"
    stream: fields.Id16 = 0
    "the stream it wants"
    max_kbps: fields.Rate = 0.0
    "the most it wants to get; 0 for no limit"
    max_fps: fields.Rate = 0.0
    "the most frames a second it wants to get; 0 for no limit"
    max_payload_bytes: fields.Count = fields.MAX_PAYLOAD_BYTES
    "the longest payload it takes"
    name: fields.Name = ""
    "for people: which machine"


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """The sender takes the receiver."""

    version: fields.Id16
    "protocol version"
    session: fields.Count
    "the number of this receiver at this sender"
    epoch: fields.Id16
    "drawn at random by each run of the sender; every FRAME repeats it"
    parameters: Annotated[StreamParameters, Record(StreamParameters)]
    "the stream"


@dataclass(frozen=True, kw_only=True)
class Reject:
    """The sender turns the receiver away."""

    version: fields.Id16
    "the sender's protocol version"
    code: fields.Id16
    "a RejectCode, or one of a later version"
    text: fields.Line
    "what is wrong and how to fix it"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One coded frame."""

    epoch: fields.Id16
    "the sender's run, as in WELCOME"
    sequence: fields.Count
    "rises by one with every frame coded"
    capture_us: fields.Microseconds
    "when the picture was taken, sender's clock"
    send_delay_us: fields.Microseconds
    "from capture to send"
    payload: fields.Payload
    "the bitstream"
    encode_us: fields.Microseconds = 0
    "how long encoding took"
    keyframe: fields.Flag = False
    "decodable without any earlier frame"
    droppable: fields.Flag = False
    "no later frame is predicted from this one"
    chain_distance: fields.Count = 1
    "how many sequence numbers back the newest frame lies that is not droppable; says nothing in a keyframe"
    quality_permille: fields.Permille = 500
    "the quality it was coded with"
    stream: fields.Id16 = 0
    "which of the sender's streams"
    codec: fields.Name = ""
    "empty where it is the one of WELCOME"
    width: fields.Side = 0
    "pixels; 0 where it is the one of WELCOME"
    height: fields.Side = 0
    "pixels; 0 where it is the one of WELCOME"
    parts: fields.Count = 1
    "messages that hold the payload: this one, and FRAME_PARTs behind it"

    @property
    def send_us(self) -> int:
        """When the frame was handed to the transport, sender's clock."""
        return self.capture_us + self.send_delay_us


@dataclass(frozen=True, kw_only=True)
class FramePart:
    """The next piece of a large frame's payload."""

    epoch: fields.Id16
    "as in its FRAME"
    sequence: fields.Count
    "as in its FRAME"
    part: fields.Count
    "which piece; the FRAME holds piece 0"
    payload: fields.Payload
    "the piece"


@dataclass(frozen=True, kw_only=True)
class Ack:
    """The receiver takes a frame off its queue: the credit for the next one."""

    sequence: fields.Count
    "of the frame taken"
    hold_us: fields.Microseconds = 0
    "how long it lay in the receiver's queue"


@dataclass(frozen=True, kw_only=True)
class Report:
    """How the receiver is doing, once a second."""

    fps: fields.Rate = 0.0
    "frames decoded a second"
    decode_p50_ms: fields.Milliseconds = 0.0
    "half of the frames decode faster"
    decode_p95_ms: fields.Milliseconds = 0.0
    "19 in 20 frames decode faster"
    drops: fields.Count = 0
    "frames missed or thrown away in this second"
    displayed_age_ms: fields.Milliseconds | None = None
    "capture to display, median; None while the clock is unknown or nothing is shown"


@dataclass(frozen=True, kw_only=True)
class KeyframeRequest:
    """The receiver's chain of frames is broken."""

    after_sequence: fields.Count
    "the newest frame it got; a keyframe sent later than this one answers the request already"
    reason: fields.Line = ""
    "for people"


@dataclass(frozen=True, kw_only=True)
class StillRequest:
    """The receiver asks for the exact picture behind a frame, and then for more of it."""

    sequence: fields.Count
    "of the frame"
    offset: fields.Count = 0
    "everything before this byte has come"
    credit_bytes: fields.Count = 0
    "what may be on its way beyond that"
    again: fields.Flag = False
    "what was on its way is lost: go on from the offset"


@dataclass(frozen=True, kw_only=True)
class StillPart:
    """A slice of an exact picture, or why there is none."""

    sequence: fields.Count
    "of the frame"
    offset: fields.Count = 0
    "where the slice belongs"
    total_bytes: fields.Count = 0
    "of the whole file; 0 where there is none"
    payload: fields.Payload = b""
    "the slice of a PNG file"
    reason: fields.Line = ""
    "for people, where there is none"


@dataclass(frozen=True, kw_only=True)
class Ping:
    """A receiver asks what time it is, and says that it lives."""

    number: fields.Count
    "which PING"
    sent_us: fields.Microseconds
    "receiver's clock"
    min_rtt_us: fields.Microseconds | None = None
    "the shortest round trip the receiver has seen; None before the first PONG"


@dataclass(frozen=True, kw_only=True)
class Pong:
    """The sender's answer, and its sign of life."""

    number: fields.Count
    "of the PING"
    epoch: fields.Id16
    "the sender's run"
    ping_sent_us: fields.Microseconds
    "receiver's clock"
    ping_received_us: fields.Microseconds
    "sender's clock"
    pong_sent_us: fields.Microseconds
    "sender's clock"


@dataclass(frozen=True, kw_only=True)
class Bye:
    """The end of a session, from either side."""

    reason: fields.Line = ""
    "for people"
    say_hello: fields.Flag = False
    "the peer is not known here (any more) and is invited to say HELLO again"


Message: TypeAlias = (
    Hello
    | Welcome
    | Reject
    | Frame
    | FramePart
    | Ack
    | Report
    | KeyframeRequest
    | StillRequest
    | StillPart
    | Ping
    | Pong
    | Bye
)

_CLASSES: dict[MessageKind, type[Message]] = {
    MessageKind.HELLO: Hello,
    MessageKind.WELCOME: Welcome,
    MessageKind.REJECT: Reject,
    MessageKind.FRAME: Frame,
    MessageKind.FRAME_PART: FramePart,
    MessageKind.ACK: Ack,
    MessageKind.REPORT: Report,
    MessageKind.KEYFRAME_REQUEST: KeyframeRequest,
    MessageKind.STILL_REQUEST: StillRequest,
    MessageKind.STILL_PART: StillPart,
    MessageKind.PING: Ping,
    MessageKind.PONG: Pong,
    MessageKind.BYE: Bye,
}
_KINDS_WITH_PAYLOAD = (MessageKind.FRAME, MessageKind.FRAME_PART, MessageKind.STILL_PART)
_KINDS = {message_type: kind for kind, message_type in _CLASSES.items()}


def pack(message: Message) -> bytes:
    """Turn a message into bytes; MessageError where a field is out of its range."""
    packed: bytes = msgpack.packb({0: int(_KINDS[type(message)]), **pack_record(message)})
    return packed


def unpack(data: bytes, *, max_payload_bytes: int = 0) -> Message:
    """Turn bytes from a stranger into a message, or raise MessageError.

    A payload may have up to `max_payload_bytes`; who expects none leaves it at 0.
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
