"""What a link carries beside the payloads of frames: headers and acknowledgements, as the kernel counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from narrowcast.benchmark.network.wire_counter import WireTrace


@dataclass(frozen=True, kw_only=True)
class SenderSecond:
    """What a sender told of about a second."""

    end_us: int
    "our clock, when it was told"
    frames: int
    "coded"
    keyframes: int
    "among them"
    payload_bytes: int
    "of them all"


@dataclass(frozen=True, kw_only=True)
class FrameOverhead:
    """Bytes a frame that are no payload."""

    sent_bytes: float
    "in the direction of the frames: their headers, and whatever else the sender says"
    received_bytes: float
    "in the other one: everything that the receiver says, and what TCP answers"


def sender_second(line: dict[str, Any], end_us: int) -> SenderSecond | None:
    """Read a line of the sender's JSON statistics; None where it is another line, or another program's."""
    if line["event"] != "second" or "coded" not in line:
        return None
    return SenderSecond(
        end_us=end_us,
        frames=line["coded"],
        keyframes=line["keyframes"],
        payload_bytes=line["payload_bytes"],
    )


def frame_overhead(
    seconds: Sequence[SenderSecond], wire: WireTrace, from_us: int, to_us: int
) -> FrameOverhead | None:
    """Take the payloads off what passed in the seconds that lie between two times; None without frames."""
    inside = [second for second in seconds if from_us <= second.end_us < to_us]
    if len(inside) < 2:
        return None
    first, *told = inside  # the first one tells of time before its end
    passed = wire.passed(first.end_us, told[-1].end_us)
    frames = sum(second.frames for second in told)
    if passed is None or not frames:
        return None
    payload_bytes = sum(second.payload_bytes for second in told)
    return FrameOverhead(
        sent_bytes=(passed.sent_bytes - payload_bytes) / frames,
        received_bytes=passed.received_bytes / frames,
    )


def keyframes_after_first(seconds: Sequence[SenderSecond], to_us: int) -> int | None:
    """Count keyframes up to a time, without the one that a stream begins with; None without statistics."""
    if not seconds:
        return None
    return max(0, sum(second.keyframes for second in seconds if second.end_us < to_us) - 1)
