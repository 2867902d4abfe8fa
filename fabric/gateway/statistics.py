"""What a gateway counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from rich.table import Table

from narrowcast.runtime.metrics import Series

PREFIX = "narrowcast_gateway"


@dataclass(frozen=True, kw_only=True)
class GatewayStatistics:
    """Of one second, or of the whole run."""

    seconds: float
    receivers: int
    "welcomed now"
    frames: int
    "that came from the fabric"
    sent: int
    "frames sent, to all receivers together"
    payload_bytes: int
    "of those"

    @property
    def kbps(self) -> float:
        """Of payload, to all receivers together."""
        return 8e-3 * self.payload_bytes / self.seconds if self.seconds else 0.0

    def to_json_dict(self) -> dict[str, object]:
        """Plain values only."""
        return asdict(self) | {"kbps": round(self.kbps, 1)}


METRICS: tuple[Series[GatewayStatistics], ...] = (
    Series(name="receivers", purpose="Receivers that are welcomed.", read=lambda s: s.receivers),
    Series(name="frames", purpose="Frames from the fabric.", read=lambda s: s.frames, counts=True),
    Series(name="frames_sent", purpose="Frames sent.", read=lambda s: s.sent, counts=True),
    Series(name="payload_bytes", purpose="Payloads sent.", read=lambda s: s.payload_bytes, counts=True),
)


def second_line(statistics: GatewayStatistics) -> str:
    """The statistics of one second on one line."""
    return (
        f"{statistics.kbps:8.1f} kbps | receivers {statistics.receivers} "
        f"came {statistics.frames} sent {statistics.sent}"
    )


def summary_table(statistics: GatewayStatistics) -> Table:
    """The statistics of the whole run as a table."""
    table = Table(title=f"served in {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row("frames", f"came {statistics.frames}, sent {statistics.sent} to all receivers together")
    table.add_row("payload", f"{statistics.kbps:.1f} kbps")
    return table
