"""What a worker counts: its cameras, their frames, and what became of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from rich.table import Table

from narrowcast.runtime.metrics import Series

PREFIX = "narrowcast_fleet"


@dataclass(frozen=True, kw_only=True)
class FleetStatistics:
    """Of one second, or of the whole run; of all cameras of this worker together."""

    seconds: float
    cameras: int
    "that the fabric has"
    held: int
    "of those: this worker decodes them"
    workers: int
    "that share them"
    frames: int
    "that came"
    decoded: int
    skipped: int
    "left out: a newer keyframe was there, or this worker was too far behind"
    tiles: int
    "told"
    damaged: int
    "records that cannot be read, frames that cannot be decoded"
    alerts: int
    "that stand"

    def to_json_dict(self) -> dict[str, object]:
        """Plain values only."""
        return asdict(self)


METRICS: tuple[Series[FleetStatistics], ...] = (
    Series(name="cameras", purpose="Cameras that the fabric has.", read=lambda s: s.cameras),
    Series(name="cameras_held", purpose="Cameras that this worker decodes.", read=lambda s: s.held),
    Series(name="workers", purpose="Workers that share the cameras.", read=lambda s: s.workers),
    Series(name="frames", purpose="Frames that came.", read=lambda s: s.frames, counts=True),
    Series(name="frames_decoded", purpose="Frames decoded.", read=lambda s: s.decoded, counts=True),
    Series(name="frames_skipped", purpose="Frames left out.", read=lambda s: s.skipped, counts=True),
    Series(name="tiles", purpose="Tiles told.", read=lambda s: s.tiles, counts=True),
    Series(name="damaged", purpose="Records and frames damaged.", read=lambda s: s.damaged, counts=True),
    Series(name="alerts", purpose="Alerts that stand.", read=lambda s: s.alerts),
)


def second_line(statistics: FleetStatistics) -> str:
    """The statistics of one second on one line."""
    return (
        f"cameras {statistics.held} of {statistics.cameras}, workers {statistics.workers} | "
        f"frames {statistics.frames} decoded {statistics.decoded} skipped {statistics.skipped} "
        f"damaged {statistics.damaged} | tiles {statistics.tiles} alerts {statistics.alerts}"
    )


def summary_table(statistics: FleetStatistics) -> Table:
    """The statistics of the whole run as a table."""
    table = Table(title=f"worked for {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames",
        f"came {statistics.frames}, decoded {statistics.decoded}, skipped {statistics.skipped}, "
        f"damaged {statistics.damaged}",
    )
    table.add_row("tiles", f"{statistics.tiles}")
    return table
