"""What a sender tells Prometheus."""

from __future__ import annotations

from protocol import SenderStatistics
from runtime.metrics import Series, milliseconds, quantiles, wire_rates

PREFIX = "narrowcast_sender"

METRICS: tuple[Series[SenderStatistics], ...] = (
    Series(name="fps", purpose="Frames coded a second.", read=lambda s: s.fps),
    *wire_rates(
        "On the wire, everything counted, all receivers.",
        received_kbps=lambda s: s.kbps_in,
        sent_kbps=lambda s: s.kbps,
    ),
    Series(name="bits_per_pixel", purpose="Payload bits for each pixel.", read=lambda s: s.bpp),
    Series(
        name="pictures_captured", purpose="Pictures from the source.", read=lambda s: s.captured, counts=True
    ),
    Series(name="frames_coded", purpose="Frames coded.", read=lambda s: s.coded, counts=True),
    Series(name="keyframes_coded", purpose="Keyframes among them.", read=lambda s: s.keyframes, counts=True),
    Series(
        name="pictures_skipped",
        purpose="Pictures not coded: nobody could take them, or the budget was used up.",
        read=lambda s: s.skipped,
        counts=True,
    ),
    Series(name="payload_bytes", purpose="Payloads coded.", read=lambda s: s.payload_bytes, counts=True),
    *quantiles("encode_seconds", "Encoding.", lambda s: s.encode_ms),
    *quantiles("network_seconds", "From sending a frame to its ACK.", lambda s: s.network_ms),
    Series(name="receivers", purpose="Receivers that watch.", read=lambda s: s.receivers),
    Series(name="quality", purpose="Quality of the last frame, 0 to 1.", read=lambda s: s.quality),
    Series(name="rtt_seconds", purpose="Shortest round trip.", read=milliseconds(lambda s: s.rtt_ms)),
    Series(name="queue", purpose="Pictures and frames waiting.", read=lambda s: s.queue),
)
