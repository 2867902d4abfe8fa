"""The protocol between sender and receiver: messages, sessions, clock, rate, statistics and the socket."""

from __future__ import annotations

from protocol.endpoint import parse_endpoint, with_key
from protocol.errors import TransportError
from protocol.keys import KeyPair, KeyTextError, Security, key_text, parse_key
from protocol.rate.rate_quality import RateQualityController
from protocol.session.config import ReceiverSessionConfig, SenderSessionConfig
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
    SenderEvent,
    StillArrived,
    StillFailed,
    StillWanted,
)
from protocol.session.frame_handover import FrameHandover
from protocol.session.frame_queue import ArrivedFrame
from protocol.session.grant import FrameGrant
from protocol.session.receiver import ReceiverSession
from protocol.session.sender import SenderSession
from protocol.statistics.counters import ReceiverCounters, SenderCounters
from protocol.statistics.interval import ReceiverGauges, ReceiverStatistics, SenderGauges, SenderStatistics
from protocol.statistics.percentiles import Percentiles
from protocol.stills.fetch import StillProgress
from protocol.wire.messages import FrameMessage, Report
from protocol.wire.packing import MAX_CONTROL_BYTES
from protocol.wire.session_messages import PROTOCOL_VERSION, CodecOffer, RejectCode, StreamParameters
from protocol.wire.text import printable
from protocol.zmq.connection_events import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    UnknownKeyRefused,
)
from protocol.zmq.curve import key_pair_of, make_key_pair
from protocol.zmq.link import Link
from protocol.zmq.transport import Transport, TransportConfig

__all__ = [
    "MAX_CONNECTIONS",
    "MAX_CONTROL_BYTES",
    "PROTOCOL_VERSION",
    "ArrivedFrame",
    "CodecOffer",
    "ConnectionCut",
    "FrameAcknowledged",
    "FrameGrant",
    "FrameHandover",
    "FrameMessage",
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
    "NoAnswer",
    "PeerIncompatible",
    "Percentiles",
    "RateQualityController",
    "ReceiverCounters",
    "ReceiverEvent",
    "ReceiverGauges",
    "ReceiverJoined",
    "ReceiverLeft",
    "ReceiverRejected",
    "ReceiverSession",
    "ReceiverSessionConfig",
    "ReceiverStalled",
    "ReceiverStatistics",
    "RejectCode",
    "Rejected",
    "Report",
    "Security",
    "SenderCounters",
    "SenderEvent",
    "SenderGauges",
    "SenderSession",
    "SenderSessionConfig",
    "SenderStatistics",
    "StillArrived",
    "StillFailed",
    "StillProgress",
    "StillWanted",
    "StreamParameters",
    "Transport",
    "TransportConfig",
    "TransportError",
    "UnknownKeyRefused",
    "key_pair_of",
    "key_text",
    "make_key_pair",
    "parse_endpoint",
    "parse_key",
    "printable",
    "with_key",
]
