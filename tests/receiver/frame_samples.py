"""Decoded frames as the decode thread gives them, made up."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.codec import Provenance
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.frame import DecodedFrame
from tests.codec.picture_samples import camera_like


def arrived_frame(
    *,
    sequence: int = 0,
    payload: bytes = bytes(512),
    keyframe: bool = True,
    capture_sender_us: int = 0,
    codec: str = "jpeg",
    width: int = 64,
    epoch: int = 1,
) -> ArrivedFrame:
    """A frame as the session gives it while the sender's clock is unknown."""
    return ArrivedFrame(
        payload=payload,
        sequence=sequence,
        epoch=epoch,
        keyframe=keyframe,
        droppable=False,
        chain_distance=1,
        quality=0.5,
        codec=codec,
        width=width,
        height=64,
        encode_us=1000,
        capture_sender_us=capture_sender_us,
        send_sender_us=capture_sender_us,
        arrival_local_us=capture_sender_us,
    )


def decoded_frame(
    *,
    sequence: int = 0,
    capture_local_us: int | None = None,
    clock_error_us: int | None = None,
    capture_sender_us: int = 0,
    painted: bool = False,
    warning: str = "",
) -> DecodedFrame:
    """A picture of a camera's kind, 64x64."""
    arrived = replace(
        arrived_frame(sequence=sequence, capture_sender_us=capture_sender_us),
        capture_local_us=capture_local_us,
        clock_error_us=clock_error_us,
    )
    return DecodedFrame(
        rgb=camera_like(64, 64, seed=sequence),
        arrived=arrived,
        decode_us=2000,
        provenance=Provenance(painted=painted, warning=warning),
        capture_local_us=capture_local_us,
    )
