"""The protocol between sender and receiver: messages, sessions, clock, rate, statistics and the socket."""

from __future__ import annotations

from protocol.clock import ClockEstimator
from protocol.connection_events import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    StrangerRefused,
)
from protocol.curve import key_pair_of, make_key_pair
from protocol.doorkeeper import MAX_CONNECTIONS
from protocol.endpoint import Endpoint, parse_endpoint, with_key
from protocol.errors import MessageError, ProtocolError, TransportError
from protocol.events import (
    FrameAcknowledged,
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    NoAnswer,
    PeerIncompatible,
    ReceiverEvent,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    Rejected,
    ReportReceived,
    SenderEvent,
    StillArrived,
    StillFailed,
    StillWanted,
)
from protocol.frame_schedule import OutgoingFrame, SentFrame
from protocol.keys import KeyPair, KeyTextError, Security, key_text, parse_key
from protocol.link import Link
from protocol.messages import (
    MAX_CONTROL_BYTES,
    PROTOCOL_VERSION,
    CodecOffer,
    RejectCode,
    Report,
    StreamParameters,
)
from protocol.outbox import OutgoingMessage, SendOutcome
from protocol.percentiles import DurationHistogram, Percentiles
from protocol.quality import QualityController
from protocol.receiver_session import ReceiverSession
from protocol.receiver_state import ReceiverState
from protocol.sender_link import ReceivedFrame
from protocol.sender_session import SenderSession
from protocol.session_config import ReceiverConfig, SenderConfig
from protocol.snapshots import ReceiverGauges, ReceiverSnapshot, SenderGauges, SenderSnapshot
from protocol.statistics import ReceiverStatistics, SenderStatistics
from protocol.still_fetch import StillProgress
from protocol.text import printable
from protocol.transport import Packet, Transport, TransportConfig

__all__ = [
    "MAX_CONNECTIONS",
    "MAX_CONTROL_BYTES",
    "PROTOCOL_VERSION",
    "ClockEstimator",
    "CodecOffer",
    "ConnectionCut",
    "DurationHistogram",
    "Endpoint",
    "FrameAcknowledged",
    "FramesMissed",
    "HandshakeFailed",
    "HandshakeFailure",
    "KeyPair",
    "KeyTextError",
    "KeyframeRequested",
    "Link",
    "LinkDown",
    "LinkNotice",
    "LinkUp",
    "MessageError",
    "NoAnswer",
    "OutgoingFrame",
    "OutgoingMessage",
    "Packet",
    "PeerIncompatible",
    "Percentiles",
    "ProtocolError",
    "QualityController",
    "ReceivedFrame",
    "ReceiverConfig",
    "ReceiverEvent",
    "ReceiverGauges",
    "ReceiverJoined",
    "ReceiverLeft",
    "ReceiverRejected",
    "ReceiverSession",
    "ReceiverSnapshot",
    "ReceiverStalled",
    "ReceiverState",
    "ReceiverStatistics",
    "RejectCode",
    "Rejected",
    "Report",
    "ReportReceived",
    "Security",
    "SendOutcome",
    "SenderConfig",
    "SenderEvent",
    "SenderGauges",
    "SenderSession",
    "SenderSnapshot",
    "SenderStatistics",
    "SentFrame",
    "StillArrived",
    "StillFailed",
    "StillProgress",
    "StillWanted",
    "StrangerRefused",
    "StreamParameters",
    "Transport",
    "TransportConfig",
    "TransportError",
    "key_pair_of",
    "key_text",
    "make_key_pair",
    "parse_endpoint",
    "parse_key",
    "printable",
    "with_key",
]
