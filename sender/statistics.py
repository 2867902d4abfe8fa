"""How a sender's statistics are shown: lines and a table for people, series for Prometheus."""

from __future__ import annotations

from rich.table import Table

from narrowcast.protocol import SenderStatistics
from narrowcast.runtime.metrics import Series, milliseconds, quantiles, wire_rates
from narrowcast.text import decimal

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


def second_line(statistics: SenderStatistics) -> str:
    """One second on one line."""
    return (
        f"{statistics.fps:5.1f} fps {statistics.kbps:8.1f} kbps {decimal(statistics.bpp, 4)} bpp"
        f" | captured {statistics.captured} coded {statistics.coded} skipped {statistics.skipped}"
        f" | encode {decimal(statistics.encode_ms.p50, 0)} network {decimal(statistics.network_ms.p50, 0)} "
        f"rtt {decimal(statistics.rtt_ms, 0)} ms"
        f" | receivers {statistics.receivers} queue {statistics.queue}"
        f" quality {decimal(statistics.quality, 2)}"
    )


def summary_table(statistics: SenderStatistics) -> Table:
    """The whole run as a table."""
    table = Table(title=f"sent in {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames", f"captured {statistics.captured}, coded {statistics.coded}, skipped {statistics.skipped}"
    )
    table.add_row("frames a second", f"{statistics.fps:.2f}")
    table.add_row("on the wire", f"{statistics.kbps:.1f} kbps, {decimal(statistics.bpp, 4)} bits per pixel")
    table.add_row("encode", str(statistics.encode_ms))
    table.add_row("network", str(statistics.network_ms))
    return table
