"""How a receiver's statistics are shown: lines and a table for people, series for Prometheus."""

from __future__ import annotations

from rich.table import Table

from narrowcast.protocol import ReceiverStatistics
from narrowcast.runtime.metrics import Series, milliseconds, quantiles, wire_rates
from narrowcast.text import decimal

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
    Series(
        name="link_up",
        purpose="1 while there is a link with the sender.",
        read=lambda s: float(s.linked),
        before=0.0,
    ),
    Series(
        name="picture_age_seconds",
        purpose="How old the newest picture is; it grows while none comes.",
        read=milliseconds(lambda s: s.picture_age_ms),
    ),
    Series(name="events", purpose="Events of link and scene.", read=lambda s: s.events, counts=True),
    Series(
        name="event_failures",
        purpose="Events that a command, an address or a broker did not take.",
        read=lambda s: s.event_failures,
        counts=True,
    ),
    Series(name="queue", purpose="Frames and pictures waiting.", read=lambda s: s.queue),
)


def second_line(statistics: ReceiverStatistics) -> str:
    """The statistics of one second on one line."""
    return (
        f"{statistics.fps:5.1f} fps {statistics.kbps:8.1f} kbps {decimal(statistics.bpp, 4)} bpp"
        f" | received {statistics.received} decoded {statistics.decoded}"
        f" shown {statistics.shown} missed {statistics.missed}"
        f" | encode {decimal(statistics.encode_ms.p50, 0)} network {decimal(statistics.network_ms.p50, 0)}"
        f" decode {decimal(statistics.decode_ms.p50, 0)} capture to display {_latency(statistics)}"
        f" | rtt {decimal(statistics.rtt_ms, 0)} ms queue {statistics.queue}"
    )


def overlay_lines(statistics: ReceiverStatistics) -> list[str]:
    """The statistics of one second as short lines over the picture."""
    return [
        f"{statistics.fps:.1f} fps, {statistics.kbps:.0f} kbps, {decimal(statistics.bpp, 4)} bpp",
        f"capture to display {_latency(statistics)}",
        f"encode {decimal(statistics.encode_ms.p50, 0)}, network {decimal(statistics.network_ms.p50, 0)}, "
        f"decode {decimal(statistics.decode_ms.p50, 0)} ms, rtt {decimal(statistics.rtt_ms, 0)} ms",
        f"missed {statistics.missed}, queue {statistics.queue}",
    ]


def summary_table(statistics: ReceiverStatistics) -> Table:
    """The statistics of the whole run as a table."""
    table = Table(title=f"received in {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames",
        f"received {statistics.received}, decoded {statistics.decoded}, shown {statistics.shown}, "
        f"missed {statistics.missed}, failed {statistics.failed}",
    )
    table.add_row("frames a second", f"{statistics.fps:.2f}")
    table.add_row("on the wire", f"{statistics.kbps:.1f} kbps, {decimal(statistics.bpp, 4)} bits per pixel")
    table.add_row("encode (at the sender)", str(statistics.encode_ms))
    table.add_row("network", str(statistics.network_ms))
    table.add_row("decode", str(statistics.decode_ms))
    error = f" (clocks known to +- {decimal(statistics.clock_error_ms, 1)} ms)"
    table.add_row("capture to display", f"{statistics.capture_to_display_ms}{error}")
    return table


def _latency(statistics: ReceiverStatistics) -> str:
    return f"{decimal(statistics.capture_to_display_ms.p50, 0)} ms +- {decimal(statistics.clock_error_ms, 0)}"
