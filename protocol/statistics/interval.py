"""Statistics of an interval of time, at the sender and at the receiver, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from narrowcast.protocol.statistics.percentiles import Percentiles
from narrowcast.protocol.wire.fields import MAX_FPS, MAX_MS, clamp
from narrowcast.protocol.wire.messages import Report


@dataclass(frozen=True, kw_only=True)
class Gauges:
    """What either side reads off at the end of an interval."""

    wire_bytes_in: int
    "since the start, as Transport counts"
    wire_bytes_out: int
    "since the start, as Transport counts"
    rtt_us: int | None = None
    "shortest round trip to the other side"
    queue: int = 0
    "frames and pictures waiting"


@dataclass(frozen=True, kw_only=True)
class SenderGauges(Gauges):
    """What the sender reads off at the end of an interval."""

    receivers: int = 0
    "welcomed now"
    quality: float | None = None
    "of the last frame"


@dataclass(frozen=True, kw_only=True)
class ReceiverGauges(Gauges):
    """What the receiver reads off at the end of an interval."""

    clock_error_us: int | None = None
    "how far latencies across machines may be off, either way"
    linked: bool = True
    "there is a link with the sender"
    picture_age_us: int | None = None
    "since the newest picture was taken, or shown where that is not known; None before the first"
    events: int = 0
    "that became known in the interval"
    event_failures: int = 0
    "ways out that did not take an event, in the interval"


@dataclass(frozen=True, kw_only=True)
class SenderStatistics:
    """What a sender did in an interval."""

    seconds: float
    "how long it was"
    fps: float
    "frames coded a second"
    kbps: float
    "on the wire, out: all bytes to all receivers"
    kbps_in: float
    "on the wire, in"
    bpp: float | None
    "payload bits per pixel coded; None where no frame was"
    captured: int
    "pictures from the source"
    coded: int
    "frames coded"
    keyframes: int
    "of those"
    skipped: int
    "pictures not coded: no credit, or the budget was used up"
    payload_bytes: int
    "of the frames coded"
    encode_ms: Percentiles
    "time to encode"
    network_ms: Percentiles
    "from sending a frame to its ACK, without the receiver's queue"
    receivers: int
    "welcomed at its end"
    quality: float | None
    "of its last frame"
    rtt_ms: float | None
    "shortest round trip"
    queue: int
    "pictures and frames waiting at its end"

    def to_json_dict(self) -> dict[str, Any]:
        """These statistics as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class ReceiverStatistics:
    """What a receiver did in an interval."""

    seconds: float
    "how long it was"
    fps: float
    "pictures shown a second"
    kbps: float
    "on the wire, in: all bytes from the sender"
    kbps_out: float
    "on the wire, out"
    bpp: float | None
    "payload bits per pixel received; None where no frame was"
    received: int
    "frames received"
    keyframes: int
    "of those"
    missed: int
    "frames that the sender coded and that were not received, or of no use"
    decoded: int
    "frames decoded"
    failed: int
    "frames that did not decode"
    shown: int
    "pictures shown (or recorded)"
    payload_bytes: int
    "of the frames received"
    encode_ms: Percentiles
    "time to encode, as the sender says"
    network_ms: Percentiles
    "from the sender's transport to ours"
    decode_ms: Percentiles
    "time to decode"
    capture_to_display_ms: Percentiles
    "from the camera to the display"
    clock_error_ms: float | None
    "how far network_ms and capture_to_display_ms may be off, either way"
    rtt_ms: float | None
    "shortest round trip"
    queue: int
    "frames and pictures waiting at its end"
    linked: bool = True
    "there was a link with the sender at its end"
    picture_age_ms: float | None = None
    "how old the newest picture was at its end; None before the first"
    events: int = 0
    "that became known"
    event_failures: int = 0
    "ways out that did not take an event"

    def to_json_dict(self) -> dict[str, Any]:
        """These statistics as plain JSON values."""
        return asdict(self)

    def to_report(self) -> Report:
        """The REPORT that tells the sender about it."""
        age_ms = self.capture_to_display_ms.p50
        return Report(
            fps=clamp(self.decoded / self.seconds if self.seconds > 0 else 0.0, 0.0, MAX_FPS),
            decode_p50_ms=clamp(self.decode_ms.p50 or 0.0, 0.0, MAX_MS),
            decode_p95_ms=clamp(self.decode_ms.p95 or 0.0, 0.0, MAX_MS),
            drops=self.missed + self.failed,
            displayed_age_ms=None if age_ms is None else clamp(age_ms, 0.0, MAX_MS),
        )
