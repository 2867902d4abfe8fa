"""The messages that travel during a session: frames, their acknowledgements, stills and clock exchanges.

Those that begin and end a session are in `session_messages`; `packing` turns messages into bytes and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from narrowcast.protocol.wire import fields
from narrowcast.protocol.wire.session_messages import Bye, Hello, Reject, Welcome


@dataclass(frozen=True, kw_only=True)
class FrameMessage:
    """One coded frame of the stream that WELCOME describes; its bytes are laid out by `frame_layout`."""

    sequence: int
    "rises by one with every frame coded; modulo 2^16 as it comes off the wire, where not `full`"
    capture_sender_us: int
    "sender's clock, when the picture was taken; modulo 2^24 as it comes off the wire, where not `full`"
    payload: bytes
    "the bitstream"
    send_delay_us: int = 0
    "from capture to send; in steps of 100 on the wire, 6.5 s at most"
    keyframe: bool = False
    "decodable without any earlier frame"
    droppable: bool = False
    "no later frame is predicted from this one"
    full: bool = False
    "sequence and capture time are whole on the wire, as they always are in a keyframe"
    chain_distance: int = 1
    "how many sequence numbers back the newest frame lies that is not droppable; says nothing in a keyframe"
    parts: int = 1
    "messages that hold the payload: this one, and FRAME_PARTs behind it"
    first_of_pair: bool = False
    "the frame behind it came in the same message, and is acknowledged for both; not on the wire"
    encode_us: int = 0
    "how long encoding took; not on the wire, PONG tells it"
    quality_permille: int = 500
    "the quality it was coded with; not on the wire, PONG tells it"

    @property
    def send_sender_us(self) -> int:
        """Time on the sender's clock at which the frame was handed to the transport."""
        return self.capture_sender_us + self.send_delay_us


@dataclass(frozen=True, kw_only=True)
class FramePart:
    """The next piece of a large frame's payload."""

    sequence: int
    "of its FRAME, modulo 2^16"
    part: int
    "which piece; the FRAME holds piece 0"
    payload: bytes
    "the piece"


@dataclass(frozen=True, kw_only=True)
class FramePair:
    """Two small frames in one message: on a thin link its headers cost as much as a frame's content."""

    first: FrameMessage
    "the older one"
    second: FrameMessage
    "the next one"


@dataclass(frozen=True, kw_only=True)
class Ack:
    """The receiver takes a frame off its queue: the credit for the next one."""

    sequence: int
    "of the frame taken, modulo 2^16"
    hold_us: int = 0
    "how long it lay in the receiver's queue; 16.7 s at most"


@dataclass(frozen=True, kw_only=True)
class Report:
    """How the receiver is doing, once a second."""

    fps: fields.MeasuredRate = 0.0
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
    """The receiver needs a keyframe: its chain of frames is broken."""

    after_sequence: fields.Count
    "sequence of the newest frame that came; a keyframe sent after it already answers the request"
    reason: fields.Line = ""
    "for people"


@dataclass(frozen=True, kw_only=True)
class StillRequest:
    """The receiver requests the exact picture behind a frame, and confirms what has come of it."""

    sequence: fields.Count
    "of the frame"
    offset: fields.Count = 0
    "everything before this byte has come"
    credit_bytes: fields.Count = 0
    "bytes that may be on their way beyond the offset"
    again: bool = False
    "what was on its way is lost: send again from the offset"


@dataclass(frozen=True, kw_only=True)
class StillPart:
    """A slice of an exact picture, or why there is none."""

    sequence: int
    "of the frame"
    offset: int = 0
    "where the slice belongs"
    total_bytes: int = 0
    "of the whole file; 0 where there is none"
    payload: bytes = b""
    "the slice of a PNG file"
    reason: str = ""
    "for people, where there is none; 300 characters at most"


@dataclass(frozen=True, kw_only=True)
class Ping:
    """The receiver asks for the time on the sender's clock, and shows that it is alive."""

    number: fields.Count
    "which PING"
    sent_receiver_us: fields.Microseconds
    "receiver's clock, when the PING was sent"
    min_rtt_us: fields.Duration | None = None
    "the shortest round trip the receiver has seen; None before the first PONG"


@dataclass(frozen=True, kw_only=True)
class Pong:
    """The sender answers a PING with times on its clock, and shows that it is alive."""

    number: fields.Count
    "of the PING"
    epoch: fields.Id16
    "the sender's run"
    ping_sent_receiver_us: fields.Microseconds
    "receiver's clock, as in the PING"
    ping_received_sender_us: fields.Microseconds
    "sender's clock, when the PING came"
    pong_sent_sender_us: fields.Microseconds
    "sender's clock, when the PONG was sent"
    encode_us: fields.Duration = 0
    "how long encoding the newest frame took"
    quality_permille: fields.Permille = 500
    "the quality that the newest frame was coded with"


Message: TypeAlias = (
    Hello
    | Welcome
    | Reject
    | FrameMessage
    | Ack
    | Report
    | KeyframeRequest
    | Ping
    | Pong
    | Bye
    | FramePart
    | FramePair
    | StillRequest
    | StillPart
)
"every message, in the order of MessageKind"
