"""What the page's protocol is compared with: messages and whole sessions of the Python receiver, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

from narrowcast.protocol.session.config import ReceiverSessionConfig
from narrowcast.protocol.session.events import LinkDown, LinkUp, ReceiverEvent, Rejected
from narrowcast.protocol.session.frame_queue import ArrivedFrame
from narrowcast.protocol.session.outbox import OutgoingMessage
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.stills.fetch import StillArrived, StillFailed
from narrowcast.protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePair,
    FramePart,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from narrowcast.protocol.wire.packing import pack
from narrowcast.protocol.wire.session_messages import (
    Bye,
    CodecOffer,
    Hello,
    Reject,
    StreamParameters,
    Welcome,
)
from tests.protocol.fake_codec import SceneEncoder
from tests.protocol.simulated_link import STREAM, SimulatedReceiver, Simulation

_EVENTS = {
    LinkUp: "linkUp",
    LinkDown: "linkDown",
    Rejected: "rejected",
    StillArrived: "stillArrived",
    StillFailed: "stillFailed",
}
"The events that the page's session has too."

_PARAMETERS = StreamParameters(
    width=640, height=360, fps=14.985, codec="hybrid", max_kbps=64.0, name="Hof é", stream=0
)
_KEYFRAME = FrameMessage(
    sequence=70_000,
    capture_sender_us=-5_000_000_123,
    payload=bytes(range(200)),
    send_delay_us=12_300,
    keyframe=True,
    full=True,
    parts=3,
)
_INTER = FrameMessage(sequence=65_535, capture_sender_us=2**24 - 1, payload=b"inter", send_delay_us=6_553_500)

FROM_RECEIVER: tuple[Message, ...] = (
    Hello(version=3, role=1, instance=2**52 + 1, codecs=(CodecOffer(name="hybrid"),), name="Chrome"),
    Hello(
        version=3,
        role=1,
        instance=200,
        codecs=(CodecOffer(name="gan", model_id="a428"), CodecOffer(name="jpeg")),
        max_kbps=48.0,
        max_fps=7.5,
    ),
    Ack(sequence=65_535, hold_us=1_234_567),
    Ack(sequence=0, hold_us=2**24 - 1),
    Report(fps=15.0, decode_p50_ms=8.25, decode_p95_ms=30.0, drops=3, displayed_age_ms=None),
    Report(fps=0.0, decode_p50_ms=0.0, decode_p95_ms=0.0, drops=300, displayed_age_ms=123.5),
    KeyframeRequest(after_sequence=2**40, reason="frame 7 builds on 5, the last one here is 4"),
    Ping(number=1, sent_receiver_us=-(2**33), min_rtt_us=None),
    Ping(number=300, sent_receiver_us=1_764_400_000_000_000, min_rtt_us=70_000),
    Bye(reason="the page was closed"),
    StillRequest(sequence=12, offset=65_536, credit_bytes=262_144, again=True),
)
"What the page sends."

FROM_SENDER: tuple[Message, ...] = (
    Welcome(version=3, session=1, epoch=65_535, parameters=_PARAMETERS),
    Reject(version=3, code=4, text="this sender has as many receivers as it takes: stop one"),
    Pong(
        number=300,
        epoch=7,
        ping_sent_receiver_us=-1,
        ping_received_sender_us=2**45,
        pong_sent_sender_us=2**45 + 17,
        encode_us=13_000,
        quality_permille=437,
    ),
    Bye(reason="the stream has ended", say_hello=True),
    _KEYFRAME,
    _INTER,
    replace(_INTER, droppable=True, chain_distance=2, full=True),
    FramePart(sequence=4464, part=2, payload=b"\x00" * 30),
    FramePair(first=replace(_INTER, sequence=5), second=replace(_INTER, sequence=6)),
    StillPart(sequence=9, offset=100, total_bytes=5000, payload=b"PNG"),
    StillPart(sequence=9, reason="the sender no longer has that frame"),
)
"What it receives."


def golden_messages() -> list[dict[str, Any]]:
    """Each message as bytes in hexadecimal, and as the page names its fields."""
    return [
        {"from": side, "hex": pack(message).hex(), "messages": _as_page(message)}
        for side, messages in (("receiver", FROM_RECEIVER), ("sender", FROM_SENDER))
        for message in messages
    ]


def _as_page(message: Message) -> list[dict[str, Any]]:
    if isinstance(message, FramePair):
        first = replace(message.first, first_of_pair=True)
        return [*_as_page(first), *_as_page(message.second)]
    name = type(message).__name__
    kind = "frame" if isinstance(message, FrameMessage) else name[0].lower() + name[1:]
    return [{"kind": kind, **_fields(message)}]


def _fields(record: Any) -> dict[str, Any]:
    return {_camel(field.name): _value(getattr(record, field.name)) for field in fields(record)}


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return _fields(value) if is_dataclass(value) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class TracedSession(ReceiverSession):
    """A receiver's session that writes down what is asked of it, and what it answers."""

    def __init__(self, config: ReceiverSessionConfig) -> None:
        super().__init__(config)
        self.trace: list[list[Any]] = []

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        self.trace.append(["receive", now_us, data.hex()])
        super().receive(peer, data, now_us)

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        messages = super().messages_to_send(now_us)
        self.trace.append(["send", now_us, [message.data.hex() for message in messages]])
        return messages

    def take_frame(self, now_us: int) -> ArrivedFrame | None:
        frame = super().take_frame(now_us)
        times = None
        if frame is not None:
            times = [frame.sequence, frame.capture_local_us, frame.clock_error_us, frame.network_us]
        self.trace.append(["take", now_us, times])
        return frame

    def decode_failed(self, reason: str, now_us: int) -> None:
        self.trace.append(["failed", now_us, reason])
        super().decode_failed(reason, now_us)

    def send_report(self, report: Report) -> None:
        self.trace.append(["report", {_camel(name): value for name, value in asdict(report).items()}])
        super().send_report(report)

    def request_still(self, sequence: int) -> None:
        self.trace.append(["still", sequence])
        super().request_still(sequence)

    def events(self) -> list[ReceiverEvent]:
        events = super().events()
        self.trace.append(["events", [_EVENTS[type(event)] for event in events if type(event) in _EVENTS]])
        return events


def session_trace(play: Callable[[Simulation, SimulatedReceiver], None], kbps: float) -> str:
    """Play a scene over a simulated link and return what the receiver's session did, as JSON."""
    simulation = Simulation(replace(STREAM, fps=15.0))
    simulation.encoder = SceneEncoder()
    receiver = SimulatedReceiver("traced", clock_offset_us=123_456_789_012, decode_us=30_000)
    session = TracedSession(receiver.session.config)
    receiver.session = session
    simulation.add(receiver)
    for pipe in (receiver.to_receiver, receiver.to_sender):
        pipe.rate_bps, pipe.delay_us = 1000 * kbps, 20_000
    play(simulation, receiver)
    config = session.config
    wishes = {
        "instance": config.instance,
        "name": config.name,
        "codecs": [{"name": offer.name, "modelId": offer.model_id} for offer in config.codecs],
    }
    return json.dumps({"wishes": wishes, "trace": session.trace})
