"""The messages that travel during a session: frames, their acknowledgements, stills and clock exchanges.

Those that begin and end a session are in `session_messages`; `packing` turns messages into bytes and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from protocol.wire import fields
from protocol.wire.session_messages import Bye, Hello, Reject, Welcome


@dataclass(frozen=True, kw_only=True)
class FrameMessage:
    """One coded frame."""

    epoch: fields.Id16
    "the sender's run, as in WELCOME"
    sequence: fields.Count
    "rises by one with every frame coded"
    capture_sender_us: fields.Microseconds
    "sender's clock, when the picture was taken"
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
    def send_sender_us(self) -> int:
        """Time on the sender's clock at which the frame was handed to the transport."""
        return self.capture_sender_us + self.send_delay_us


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
    again: fields.Flag = False
    "what was on its way is lost: send again from the offset"


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
    """The receiver asks for the time on the sender's clock, and shows that it is alive."""

    number: fields.Count
    "which PING"
    sent_receiver_us: fields.Microseconds
    "receiver's clock, when the PING was sent"
    min_rtt_us: fields.Microseconds | None = None
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
    | StillRequest
    | StillPart
)
"every message, in the order of MessageKind"
