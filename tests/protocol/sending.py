"""A frame sent as the program does it, for tests that have a sender's session and no encoder."""

from __future__ import annotations

from protocol.session.grant import FrameGrant
from protocol.session.sender import SenderSession


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
