"""What a viewer tells of a camera."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.fabric.state import CameraState
from narrowcast.fabric.viewer.follower import Follower
from narrowcast.protocol import (
    CodecOffer,
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    RejectCode,
    Rejected,
    StillFailed,
)
from narrowcast.receiver.recording.payload_records import StreamRecord
from tests.fabric.fabric_samples import STREAM, frames, unpacked


def jpeg() -> StreamRecord:
    """What the frames of the samples are."""
    stream = unpacked(frames(1))[0].stream
    assert stream is not None
    return stream


JPEG = jpeg()


def follower(max_pixels: int = 10**6) -> Follower:
    return Follower("front", (CodecOffer(name="jpeg"), CodecOffer(name="gan", model_id="m")), max_pixels)


def test_a_camera_is_there_with_its_first_frame() -> None:
    front = follower()
    assert front.takes(JPEG) and front.stream is None
    front.flows()
    front.flows()
    (up,) = front.events(0)
    assert isinstance(up, LinkUp) and up.stream == front.stream
    assert (up.stream.name, up.stream.fps) == ("front", 15.0)


def test_what_the_relay_says_of_the_stream_is_believed_where_it_fits() -> None:
    front = follower()
    front.state(CameraState(stream=STREAM, linked=True))
    front.takes(JPEG)
    front.flows()
    assert front.stream == STREAM
    front.takes(replace(JPEG, width=128))
    assert front.stream is not None and (front.stream.width, front.stream.name) == (128, "front")
    first, second = front.events(0)
    assert isinstance(first, LinkUp) and isinstance(second, LinkUp)


def test_a_camera_that_is_away_says_why() -> None:
    front = follower()
    front.takes(JPEG)
    front.flows()
    front.events(0)
    front.state(CameraState(stream=STREAM, linked=False, ended=True, reason="it ended"))
    front.state(CameraState(stream=STREAM, linked=False, ended=True, reason="it ended"))
    assert front.events(0) == [LinkDown(reason="it ended", ended=True)] and front.stream is None
    front.flows()
    assert isinstance(front.events(0)[0], LinkUp)


def test_a_stream_that_cannot_be_decoded_is_refused_once() -> None:
    front = follower(max_pixels=1000)
    assert not front.takes(JPEG) and not front.takes(JPEG)
    (refused,) = front.events(0)
    assert isinstance(refused, Rejected) and refused.code == RejectCode.LIMITS and not refused.final
    front = follower()
    assert not front.takes(replace(JPEG, codec="gan", model_id="other"))
    assert not front.takes(replace(JPEG, codec="unheard"))
    assert front.takes(JPEG)
    assert [event.code for event in front.events(0) if isinstance(event, Rejected)] == [
        RejectCode.MODEL,
        RejectCode.CODEC,
    ]


def test_a_broken_chain_is_told_once_each_time() -> None:
    front = follower()
    front.takes(JPEG)
    front.flows()
    front.events(0)
    front.broken("frames are missing")
    front.broken("frames are missing")
    front.tell(StillFailed(sequence=1, reason="none"))
    assert front.events(2) == [
        KeyframeRequested(reason="frames are missing"),
        StillFailed(sequence=1, reason="none"),
        FramesMissed(count=2),
    ]
    front.flows()
    front.broken("again")
    assert front.events(0) == [KeyframeRequested(reason="again")]
