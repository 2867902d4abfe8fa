"""The congestion window: what may be in flight to a receiver when another frame goes out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from narrowcast.protocol.wire.messages import FrameMessage, FramePair, FramePart

MAX_FRAMES = 30
"Two seconds at 15 frames a second: no round trip on this planet is longer."


@dataclass(kw_only=True)
class FrameInFlight:
    """A frame on its way to one receiver, from coding until its ACK."""

    peer: bytes
    "ROUTER identity of the receiver"
    sequence: int
    "of the frame"
    payload_bytes: int
    "the length of its bitstream"
    wire_bytes: int
    "all its messages on the wire; 0 where they are counted with the frame that it shares one with"
    coded_local_us: int
    "when it was ready to go"
    unsent: deque[FrameMessage | FramePair | FramePart] = field(default_factory=deque)
    "its messages that still wait for the cap"
    held_until_local_us: int | None = None
    "how long it waits for the next frame, to share a message with it; None where it does not"
    first_sent_local_us: int | None = None
    "when its first message was handed to the transport"
    last_sent_local_us: int | None = None
    "when its last message was handed to the transport"


@dataclass(frozen=True, kw_only=True)
class CongestionWindow:
    """A receiver with no more than this in flight has credit: another frame may go out to it."""

    frames: int
    "in flight"
    wire_bytes: float
    "in flight; more would be a queue"


STOP_AND_WAIT = CongestionWindow(frames=0, wire_bytes=0.0)
"One frame at a time: nothing may be in flight when another one goes out."


def congestion_window(
    *,
    target_bps: float,
    min_rtt_us: int,
    transmission_us: int,
    encode_us: int,
    hold_us: int,
    interval_us: int,
    paired: bool = False,
) -> CongestionWindow:
    """Size the window: one frame at a time where its ACK is back before the next one is coded.

    Args:
        target_bps: the target rate of the link.
        min_rtt_us: the round trip of the idle link.
        transmission_us: how long the link takes to transmit a frame.
        encode_us: how long the next frame takes to code, while this one is on its way.
        hold_us: how long the last frame lay in the receiver's queue; a decoder that falls behind gets one
            frame at a time.
        interval_us: from frame to frame.
        paired: two frames share a message and its ACK, so that one more is in flight and is held longer.
    """
    at_once = 2 if paired else 1
    if 2 * hold_us > at_once * interval_us:
        return STOP_AND_WAIT
    frames = min((min_rtt_us + transmission_us + encode_us) // interval_us + at_once - 1, MAX_FRAMES)
    window_us = min_rtt_us + 2 * at_once * interval_us
    return CongestionWindow(frames=frames, wire_bytes=target_bps / 8 * window_us / 1e6)
