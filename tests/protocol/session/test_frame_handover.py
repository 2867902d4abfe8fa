"""Grants and frames between the coding side and the session."""

from __future__ import annotations

from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.frame_handover import FrameHandover
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.packing import pack
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    Hello,
    Role,
    StreamParameters,
)

STREAM = StreamParameters(width=64, height=64, fps=20.0, codec="jpeg")
HELLO = Hello(version=PROTOCOL_VERSION, role=Role.RECEIVER, instance=5, codecs=(CodecOffer(name="jpeg"),))


def joined() -> SenderSession:
    session = SenderSession(SenderSessionConfig(stream=STREAM, epoch=9, instance=77))
    session.receive(b"peer", pack(HELLO), 0)
    return session


def test_a_grant_is_taken_once_and_the_next_comes_after_its_frame() -> None:
    session = joined()
    handover = FrameHandover(session)
    assert handover.begin() is None and not handover.busy
    assert not handover.exchange(0) and handover.offered
    grant = handover.begin()
    assert grant is not None and handover.begin() is None and handover.busy
    assert handover.exchange(1000) and not handover.offered
    handover.send(grant, grant.frame(payload=b"x", keyframe=True, capture_sender_us=0))
    assert handover.busy and not session.receivers[0].in_flight
    assert handover.exchange(2000) and not handover.busy
    assert [frame.sequence for frame in session.receivers[0].in_flight] == [0]


def test_a_cancelled_grant_is_offered_again() -> None:
    handover = FrameHandover(joined())
    handover.exchange(0)
    first = handover.begin()
    assert first is not None
    handover.cancel(first)
    handover.exchange(1000)
    again = handover.begin()
    assert again is not None and again.sequence == first.sequence
