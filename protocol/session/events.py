"""What sessions tell the pipelines that own them. Text from the peer is already safe to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from narrowcast.protocol.stills.fetch import StillArrived, StillFailed
from narrowcast.protocol.wire.messages import Report
from narrowcast.protocol.wire.session_messages import RejectCode, StreamParameters


@dataclass(frozen=True, kw_only=True)
class ReceiverJoined:
    """A receiver said HELLO and was welcomed."""

    peer: bytes
    "ROUTER identity; empty where the sender connected"
    session: int
    "its number at this sender"
    name: str
    "what it calls itself"


@dataclass(frozen=True, kw_only=True)
class ReceiverLeft:
    """A receiver said BYE, fell silent, stalled for too long or lost its connection."""

    peer: bytes
    "as in ReceiverJoined"
    session: int
    "as in ReceiverJoined"
    reason: str
    "one line"


@dataclass(frozen=True, kw_only=True)
class ReceiverRejected:
    """A receiver was rejected; reported once for each receiver."""

    peer: bytes
    "who"
    code: RejectCode
    "why"
    text: str
    "what is wrong and how to fix it, as in the REJECT"


@dataclass(frozen=True, kw_only=True)
class ReceiverStalled:
    """A receiver has not acknowledged its frame for long; reported once until it does."""

    peer: bytes
    "as in ReceiverJoined"
    session: int
    "as in ReceiverJoined"
    stalled_us: int
    "how long its frame has been out"


@dataclass(frozen=True, kw_only=True)
class FrameAcknowledged:
    """A receiver took a frame off its queue."""

    peer: bytes
    "as in ReceiverJoined"
    sequence: int
    "of the frame"
    frame_bytes: int
    "its payload"
    network_us: int
    "from handing it to the transport to the ACK, less the time it lay in the receiver's queue"
    hold_us: int
    "the time it lay there"


@dataclass(frozen=True, kw_only=True)
class ReportReceived:
    """A receiver says how it is doing."""

    peer: bytes
    "as in ReceiverJoined"
    report: Report
    "its numbers"


@dataclass(frozen=True, kw_only=True)
class PeerIncompatible:
    """Both sides are senders, or both are receivers; told once for each such peer."""

    peer: bytes
    "who"
    text: str
    "what is wrong and how to fix it"


@dataclass(frozen=True, kw_only=True)
class StillWanted:
    """A receiver asks for the exact picture behind a frame: `SenderSession.provide_still` answers."""

    sequence: int
    "of the frame"


SenderEvent: TypeAlias = (
    ReceiverJoined
    | ReceiverLeft
    | ReceiverRejected
    | ReceiverStalled
    | FrameAcknowledged
    | ReportReceived
    | PeerIncompatible
    | StillWanted
)


@dataclass(frozen=True, kw_only=True)
class LinkUp:
    """A sender welcomed this receiver; frames follow, a keyframe first."""

    stream: StreamParameters
    "what to decode: make a new decoder"
    session: int
    "this receiver's number at the sender"


@dataclass(frozen=True, kw_only=True)
class LinkDown:
    """The link with the sender is down; the session goes on sending HELLO."""

    reason: str
    "one line"
    ended: bool
    "the sender said BYE on purpose"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A sender rejected this receiver."""

    code: int
    "a RejectCode, or one of a later version"
    text: str
    "what is wrong and how to fix it"
    final: bool
    "the session does not ask again; otherwise it does so after a while"


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """No sender answers; told every few seconds while the session goes on trying."""

    waited_us: int
    "since the last link, or since the start"


@dataclass(frozen=True, kw_only=True)
class FramesMissed:
    """Frames that the sender coded did not come here, because this receiver or its link was busy."""

    count: int
    "how many in a row"


@dataclass(frozen=True, kw_only=True)
class KeyframeRequested:
    """A keyframe is requested because the chain of frames broke; told once for each break."""

    reason: str
    "one line"


ReceiverEvent: TypeAlias = (
    LinkUp
    | LinkDown
    | Rejected
    | NoAnswer
    | FramesMissed
    | KeyframeRequested
    | PeerIncompatible
    | StillArrived
    | StillFailed
)
