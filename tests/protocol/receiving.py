"""A receiver's session for tests: not linked and linked, what it sends, and the messages that it gets."""

from __future__ import annotations

from narrowcast.protocol.session.config import ReceiverSessionConfig
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.wire.messages import FrameMessage, Message, Ping
from narrowcast.protocol.wire.packing import pack, unpack_all
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    StreamParameters,
    Welcome,
)

STREAM = StreamParameters(width=64, height=48, fps=20.0, codec="jpeg")
WELCOME = Welcome(version=PROTOCOL_VERSION, session=1, epoch=9, parameters=STREAM)
KEYFRAME = FrameMessage(sequence=0, capture_sender_us=10, send_delay_us=200, payload=b"key", keyframe=True)
INTER = FrameMessage(sequence=1, capture_sender_us=20, send_delay_us=5, payload=b"inter")


def new_session(*, connects: bool = True, max_pixels: int | None = None) -> ReceiverSession:
    return ReceiverSession(
        ReceiverSessionConfig(
            codecs=(CodecOffer(name="jpeg"),),
            instance=5,
            connects=connects,
            max_pixels=max_pixels,
            name="here",
        )
    )


def linked() -> ReceiverSession:
    session = new_session()
    session.receive(b"", pack(WELCOME), 0)
    session.messages_to_send(0)
    session.events()
    return session


def sent(session: ReceiverSession, now_us: int) -> list[Message]:
    return [each for m in session.messages_to_send(now_us) for each in unpack_all(m.data)]


def without_pings(messages: list[Message]) -> list[Message]:
    return [message for message in messages if not isinstance(message, Ping)]
