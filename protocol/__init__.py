"""The protocol between sender and receiver: messages, sessions, clock, rate, statistics and the socket."""

from __future__ import annotations

from narrowcast.protocol.endpoint import parse_endpoint, with_key
from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import KeyPair, KeyTextError, Security, key_text, parse_key
from narrowcast.protocol.rate.rate_quality import RateQualityController
from narrowcast.protocol.session.config import ReceiverSessionConfig, SenderSessionConfig
from narrowcast.protocol.session.connection_limiter import MAX_CONNECTIONS
from narrowcast.protocol.session.events import (
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
    StillWanted,
)
from narrowcast.protocol.session.frame_handover import FrameHandover
from narrowcast.protocol.session.frame_queue import ArrivedFrame
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.statistics.counters import ReceiverCounters, SenderCounters
from narrowcast.protocol.statistics.interval import (
    ReceiverGauges,
    ReceiverStatistics,
    SenderGauges,
    SenderStatistics,
)
from narrowcast.protocol.statistics.percentiles import Percentiles
from narrowcast.protocol.stills.fetch import StillArrived, StillFailed, StillProgress
from narrowcast.protocol.wire.messages import FrameMessage, Report
from narrowcast.protocol.wire.packing import MAX_CONTROL_BYTES
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    RejectCode,
    StreamParameters,
)
from narrowcast.protocol.ws.joint_transport import JointTransport
from narrowcast.protocol.ws.peers import WebSocketPeers
from narrowcast.protocol.zmq.connection_events import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    UnknownKeyRefused,
)
from narrowcast.protocol.zmq.curve import key_pair_of, make_key_pair
from narrowcast.protocol.zmq.dealer_pool import DealerPool
from narrowcast.protocol.zmq.link import Link, LinkTransport
from narrowcast.protocol.zmq.transport import Transport, TransportConfig
from narrowcast.text import printable

__all__ = [
    "MAX_CONNECTIONS",
    "MAX_CONTROL_BYTES",
    "PROTOCOL_VERSION",
    "ArrivedFrame",
    "CodecOffer",
    "ConnectionCut",
    "DealerPool",
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
    "JointTransport",
    "Link",
    "LinkDown",
    "LinkNotice",
    "LinkTransport",
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
    "SendOutcome",
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
    "WebSocketPeers",
    "UnknownKeyRefused",
    "key_pair_of",
    "key_text",
    "make_key_pair",
    "parse_endpoint",
    "parse_key",
    "printable",
    "with_key",
]
