"""Decoded frames as the decode thread gives them, made up."""

from __future__ import annotations

from protocol import ReceivedFrame
from receiver.decoding import DecodedFrame
from receiver.network import ArrivedFrame
from tests.codec.picture_samples import camera_like


def received_frame(
    *,
    sequence: int = 0,
    payload: bytes = bytes(512),
    keyframe: bool = True,
    capture_us: int = 0,
    codec: str = "jpeg",
    width: int = 64,
    epoch: int = 1,
) -> ReceivedFrame:
    """A frame as the session gives it."""
    return ReceivedFrame(
        payload=payload,
        sequence=sequence,
        epoch=epoch,
        keyframe=keyframe,
        droppable=False,
        quality=0.5,
        codec=codec,
        width=width,
        height=64,
        capture_us=capture_us,
        send_us=capture_us,
        encode_us=1000,
        receive_us=capture_us,
        network_us=None,
    )


def decoded_frame(
    *,
    sequence: int = 0,
    capture_us: int | None = None,
    clock_error_us: int | None = None,
    at_us: int = 0,
) -> DecodedFrame:
    """A picture of a camera's kind, 64x64, taken `at_us` on the sender's clock."""
    arrived = ArrivedFrame(
        frame=received_frame(sequence=sequence, capture_us=at_us),
        capture_us=capture_us,
        clock_error_us=clock_error_us,
    )
    return DecodedFrame(
        rgb=camera_like(64, 64, seed=sequence), arrived=arrived, decode_us=2000, capture_us=capture_us
    )
