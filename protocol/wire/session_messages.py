"""The messages that begin and end a session, and what they say about streams and codecs.

HELLO and REJECT keep their form and first fields in every version, so that versions can refuse each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from msgspec import Meta

from narrowcast.protocol.wire import fields
from narrowcast.protocol.wire.fields import MIN_FPS, MIN_KBPS, check_limit

PROTOCOL_VERSION = 3
"Rises with a change that an older peer cannot understand; a new optional field is none."

MAX_OFFERS = 32
"The most codecs in one HELLO."


class Role(IntEnum):
    """Which end a HELLO comes from."""

    RECEIVER = 1
    SENDER = 2


class RejectCode(IntEnum):
    """Why a sender rejects a receiver."""

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
    fps: fields.FrameRate
    "frames a second that the sender aims at"
    codec: fields.Name
    "as on the command line"
    model_id: fields.Name = ""
    "hash of a learned codec's shared integers; empty for a classic one"
    max_kbps: fields.BitRateLimit = 0.0
    "the sender's cap; 0 for none"
    max_payload_bytes: fields.PayloadLimit = fields.MAX_PAYLOAD_BYTES
    "the longest payload that will come"
    stream: fields.Id16 = 0
    "which of the sender's streams"
    name: fields.StreamName = ""
    "what the sender calls it, for people; empty where it has no name"

    def __post_init__(self) -> None:
        check_limit("max_kbps", self.max_kbps, MIN_KBPS)


@dataclass(frozen=True, kw_only=True)
class Hello:
    """A receiver asks for a stream; or a sender that connected invites the receiver to ask."""

    version: fields.Id16
    "protocol version"
    role: fields.Id16
    "a Role"
    instance: fields.Id63
    "drawn at random by each run of a program, so that it is known again after a reconnect"
    codecs: Annotated[tuple[CodecOffer, ...], Meta(max_length=MAX_OFFERS)] = ()
    "what the receiver can decode"
    stream: fields.Id16 = 0
    "the stream it wants"
    max_kbps: fields.BitRateLimit = 0.0
    "the highest rate it wants to receive; 0 for no limit"
    max_fps: fields.FrameRateLimit = 0.0
    "the most frames a second that it wants to receive; 0 for no limit"
    max_payload_bytes: fields.PayloadLimit = fields.MAX_PAYLOAD_BYTES
    "the longest payload it takes"
    name: fields.Name = ""
    "for people: which machine"

    def __post_init__(self) -> None:
        check_limit("max_kbps", self.max_kbps, MIN_KBPS)
        check_limit("max_fps", self.max_fps, MIN_FPS)


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """The sender accepts the receiver."""

    version: fields.Id16
    "protocol version"
    session: fields.Count
    "the number of this receiver at this sender"
    epoch: fields.Id16
    "drawn at random by each run of the sender"
    parameters: StreamParameters
    "the stream"


@dataclass(frozen=True, kw_only=True)
class Reject:
    """The sender rejects the receiver."""

    version: fields.Id16
    "the sender's protocol version"
    code: fields.Id16
    "a RejectCode, or one of a later version"
    text: fields.Line
    "what is wrong and how to fix it"


@dataclass(frozen=True, kw_only=True)
class Bye:
    """The end of a session, from either side."""

    reason: fields.Line = ""
    "for people"
    say_hello: bool = False
    "the peer has no session here (any more) and may send HELLO again"
