"""The protocol between sender and receiver: messages, sessions, clock, rate, statistics and the socket."""

from __future__ import annotations

from protocol.clock import ClockEstimator
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
)
from protocol.frame_schedule import OutgoingFrame, SentFrame
from protocol.link import Link
from protocol.messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    RejectCode,
    Report,
    StreamParameters,
)
from protocol.outbox import OutgoingMessage, SendOutcome
from protocol.percentiles import DurationHistogram, Percentiles
from protocol.rate_control import QualityConfig, QualityController
from protocol.receiver_session import ReceiverSession
from protocol.receiver_state import ReceiverState
from protocol.sender_link import ReceivedFrame
from protocol.sender_session import SenderSession
from protocol.session_config import ReceiverConfig, SenderConfig
from protocol.snapshots import ReceiverGauges, ReceiverSnapshot, SenderGauges, SenderSnapshot
from protocol.statistics import ReceiverStatistics, SenderStatistics
from protocol.text import printable
from protocol.transport import Packet, Transport, TransportConfig

__all__ = [
    "PROTOCOL_VERSION",
    "ClockEstimator",
    "CodecOffer",
    "DurationHistogram",
    "FrameAcknowledged",
    "FramesMissed",
    "KeyframeRequested",
    "Link",
    "LinkDown",
    "LinkUp",
    "MessageError",
    "NoAnswer",
    "OutgoingFrame",
    "OutgoingMessage",
    "Packet",
    "PeerIncompatible",
    "Percentiles",
    "ProtocolError",
    "QualityConfig",
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
    "ReceiverState",
    "ReceiverStalled",
    "ReceiverStatistics",
    "RejectCode",
    "Rejected",
    "Report",
    "ReportReceived",
    "SendOutcome",
    "SenderConfig",
    "SenderEvent",
    "SenderGauges",
    "SenderSession",
    "SenderSnapshot",
    "SenderStatistics",
    "SentFrame",
    "StreamParameters",
    "Transport",
    "TransportConfig",
    "TransportError",
    "printable",
]
