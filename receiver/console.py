"""A receiver's statistics for people, in the terminal and over the picture."""

from __future__ import annotations

from rich.table import Table

from protocol import Percentiles, ReceiverSnapshot


def second_line(snapshot: ReceiverSnapshot) -> str:
    """One second on one line."""
    return (
        f"{snapshot.fps:5.1f} fps {snapshot.kbps:8.1f} kbps {_number(snapshot.bpp, 4)} bpp"
        f" | received {snapshot.received} decoded {snapshot.decoded}"
        f" shown {snapshot.shown} missed {snapshot.missed}"
        f" | encode {_number(snapshot.encode_ms.p50, 0)} network {_number(snapshot.network_ms.p50, 0)}"
        f" decode {_number(snapshot.decode_ms.p50, 0)} capture to display {_latency(snapshot)}"
        f" | rtt {_number(snapshot.rtt_ms, 0)} ms queue {snapshot.queue}"
    )


def overlay_lines(snapshot: ReceiverSnapshot) -> list[str]:
    """The same as short lines over the picture."""
    return [
        f"{snapshot.fps:.1f} fps, {snapshot.kbps:.0f} kbps, {_number(snapshot.bpp, 4)} bpp",
        f"capture to display {_latency(snapshot)}",
        f"encode {_number(snapshot.encode_ms.p50, 0)}, network {_number(snapshot.network_ms.p50, 0)}, "
        f"decode {_number(snapshot.decode_ms.p50, 0)} ms, rtt {_number(snapshot.rtt_ms, 0)} ms",
        f"missed {snapshot.missed}, queue {snapshot.queue}",
    ]


def summary_table(snapshot: ReceiverSnapshot) -> Table:
    """The whole run as a table."""
    table = Table(title=f"received in {snapshot.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames",
        f"received {snapshot.received}, decoded {snapshot.decoded}, shown {snapshot.shown}, "
        f"missed {snapshot.missed}, failed {snapshot.failed}",
    )
    table.add_row("frames a second", f"{snapshot.fps:.2f}")
    table.add_row("on the wire", f"{snapshot.kbps:.1f} kbps, {_number(snapshot.bpp, 4)} bits per pixel")
    table.add_row("encode (at the sender)", _percentiles(snapshot.encode_ms))
    table.add_row("network", _percentiles(snapshot.network_ms))
    table.add_row("decode", _percentiles(snapshot.decode_ms))
    error = f" (clocks known to +- {_number(snapshot.clock_error_ms, 1)} ms)"
    table.add_row("capture to display", _percentiles(snapshot.capture_to_display_ms) + error)
    return table


def _latency(snapshot: ReceiverSnapshot) -> str:
    return f"{_number(snapshot.capture_to_display_ms.p50, 0)} ms +- {_number(snapshot.clock_error_ms, 0)}"


def _percentiles(percentiles: Percentiles) -> str:
    if not percentiles.count:
        return "-"
    return f"p50 {percentiles.p50:.1f} ms, p95 {percentiles.p95:.1f} ms, p99 {percentiles.p99:.1f} ms"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
