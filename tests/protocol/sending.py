"""A sender without an encoder: its stream, a receiver of it, a frame sent as the program sends it."""

from __future__ import annotations

from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    Hello,
    Role,
    StreamParameters,
)

STREAM = StreamParameters(width=64, height=64, fps=20.0, codec="jpeg")
HELLO = Hello(version=PROTOCOL_VERSION, role=Role.RECEIVER, instance=5, codecs=(CodecOffer(name="jpeg"),))
PEER = b"peer"


def receiver_state(*, in_step: bool = False) -> ReceiverState:
    """A receiver that has just been welcomed, without limits of its own."""
    return ReceiverState(
        peer=PEER,
        session=1,
        instance=1,
        name="",
        max_kbps=0.0,
        max_fps=0.0,
        welcomed_us=0,
        last_heard_us=0,
        in_step=in_step,
    )


def send_frame(
    session: SenderSession,
    now_us: int,
    *,
    payload: bytes = b"picture",
    keyframe: bool = True,
    capture_sender_us: int | None = None,
) -> FrameGrant:
    """Code and send a frame in no time; there has to be a grant for it."""
    grant = session.grant(now_us)
    assert grant is not None, "no frame may be coded now"
    session.begin(grant)
    captured_us = now_us if capture_sender_us is None else capture_sender_us
    frame = grant.frame(payload=payload, keyframe=keyframe, capture_sender_us=captured_us)
    session.send_frame(grant, frame, now_us)
    return grant


def wants_keyframe(session: SenderSession, now_us: int) -> bool:
    """Say whether a frame may be coded now that must be a keyframe."""
    grant = session.grant(now_us)
    return grant is not None and grant.keyframe
