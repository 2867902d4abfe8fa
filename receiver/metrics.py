"""The metrics of a receiver for Prometheus."""

from __future__ import annotations

from protocol import ReceiverStatistics
from runtime.metrics import Series, milliseconds, quantiles, wire_rates

PREFIX = "narrowcast_receiver"

METRICS: tuple[Series[ReceiverStatistics], ...] = (
    Series(name="fps", purpose="Pictures shown a second.", read=lambda s: s.fps),
    *wire_rates(
        "On the wire, everything counted.", received_kbps=lambda s: s.kbps, sent_kbps=lambda s: s.kbps_out
    ),
    Series(name="bits_per_pixel", purpose="Payload bits for each pixel.", read=lambda s: s.bpp),
    Series(name="frames_received", purpose="Frames received.", read=lambda s: s.received, counts=True),
    Series(
        name="keyframes_received", purpose="Keyframes among them.", read=lambda s: s.keyframes, counts=True
    ),
    Series(
        name="frames_missed",
        purpose="Frames that the sender coded and that did not come.",
        read=lambda s: s.missed,
        counts=True,
    ),
    Series(name="frames_decoded", purpose="Frames decoded.", read=lambda s: s.decoded, counts=True),
    Series(name="frames_failed", purpose="Frames that did not decode.", read=lambda s: s.failed, counts=True),
    Series(name="frames_shown", purpose="Pictures shown or recorded.", read=lambda s: s.shown, counts=True),
    Series(name="payload_bytes", purpose="Payloads received.", read=lambda s: s.payload_bytes, counts=True),
    *quantiles("encode_seconds", "Encoding, at the sender.", lambda s: s.encode_ms),
    *quantiles("network_seconds", "From the sender's transport to ours.", lambda s: s.network_ms),
    *quantiles("decode_seconds", "Decoding.", lambda s: s.decode_ms),
    *quantiles(
        "capture_to_display_seconds", "From the camera to the display.", lambda s: s.capture_to_display_ms
    ),
    Series(
        name="clock_error_seconds",
        purpose="How far latencies across machines may be off, either way.",
        read=milliseconds(lambda s: s.clock_error_ms),
    ),
    Series(name="rtt_seconds", purpose="Shortest round trip.", read=milliseconds(lambda s: s.rtt_ms)),
    Series(name="queue", purpose="Frames and pictures waiting.", read=lambda s: s.queue),
)
