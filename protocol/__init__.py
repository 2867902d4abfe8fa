"""The protocol between sender and receiver: messages, sessions, clock, rate, statistics and the socket."""

from __future__ import annotations

from narrowcast.errors import ProtocolError
from protocol.endpoint import Endpoint, parse_endpoint, with_key
from protocol.errors import MessageError, TransportError
from protocol.keys import KeyPair, KeyTextError, Security, key_text, parse_key
from protocol.rate.clock import ClockEstimator
from protocol.rate.quality import QualityController
from protocol.session.config import ReceiverConfig, SenderConfig
from protocol.session.connection_limiter import MAX_CONNECTIONS
from protocol.session.events import (
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
from protocol.session.frame_schedule import OutgoingFrame, SentFrame
from protocol.session.outbox import OutgoingMessage, SendOutcome
from protocol.session.receiver import ReceiverSession
from protocol.session.receiver_state import ReceiverState
from protocol.session.sender import SenderSession
from protocol.session.sender_link import ReceivedFrame
from protocol.statistics.counters import ReceiverStatistics, SenderStatistics
from protocol.statistics.percentiles import DurationHistogram, Percentiles
from protocol.statistics.report import ReceiverGauges, ReceiverSnapshot, SenderGauges, SenderSnapshot
from protocol.stills.fetch import StillProgress
from protocol.wire.messages import (
    MAX_CONTROL_BYTES,
    PROTOCOL_VERSION,
    CodecOffer,
    RejectCode,
    Report,
    StreamParameters,
)
from protocol.wire.text import printable
from protocol.zmq.connection_events import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    StrangerRefused,
)
from protocol.zmq.curve import key_pair_of, make_key_pair
from protocol.zmq.link import Link
from protocol.zmq.transport import Packet, Transport, TransportConfig

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
