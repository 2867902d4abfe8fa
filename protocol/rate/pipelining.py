"""How many frames may be on their way to a receiver when another one goes out."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PIPELINE_FRAMES = 30
"Two seconds at 15 frames a second: no distance on this planet holds more."


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """What the way to a receiver holds."""

    frames: int
    "in flight when another one goes out"
    wire_bytes: float
    "likewise; more is a queue"


NO_PIPELINE = Pipeline(frames=0, wire_bytes=0.0)
"One frame at a time."


def pipeline_for(
    *, rate_bps: float, min_rtt_us: int, busy_us: int, encode_us: int, hold_us: int, interval_us: int
) -> Pipeline:
    """Say what the way holds: nothing where a frame is back before the next one is coded.

    Args:
        rate_bps: the target for the link.
        min_rtt_us: its distance.
        busy_us: how long it is at work on a frame.
        encode_us: how long the next frame takes to code, while this one is under way.
        hold_us: how long the last frame lay in the receiver's queue; a decoder that falls behind gets one
            frame at a time.
        interval_us: from frame to frame.
    """
    if 2 * hold_us > interval_us:
        return NO_PIPELINE
    frames = min((min_rtt_us + busy_us + encode_us) // interval_us, MAX_PIPELINE_FRAMES)
    return Pipeline(frames=frames, wire_bytes=rate_bps / 8 * (min_rtt_us + 2 * interval_us) / 1e6)
