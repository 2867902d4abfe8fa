"""What a relay counts: its cameras, its frames, and what became of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from rich.table import Table

from narrowcast.runtime.metrics import Series

PREFIX = "narrowcast_relay"


@dataclass(frozen=True, kw_only=True)
class RelayStatistics:
    """Of one second, or of the whole run; of all cameras together."""

    seconds: float
    cameras: int
    "that the relay was told"
    linked: int
    "of those: their senders answer"
    held: int
    "of those: no other relay has them"
    frames: int
    "taken from senders"
    keyframes: int
    "of those"
    payload_bytes: int
    "of the frames"
    missed: int
    "frames that senders coded and that did not come"
    stored: int
    "frames that the server has acknowledged"
    unrecorded: int
    "frames that it refused to record; viewers got them"
    lost: int
    "frames that were given up while the server was away"
    waiting: int
    "frames that the server has not acknowledged"

    @property
    def fps(self) -> float:
        """Frames a second, of all cameras together."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def kbps(self) -> float:
        """Of payload, of all cameras together."""
        return 8e-3 * self.payload_bytes / self.seconds if self.seconds else 0.0

    def to_json_dict(self) -> dict[str, object]:
        """Plain values only."""
        return asdict(self) | {"fps": round(self.fps, 2), "kbps": round(self.kbps, 1)}


METRICS: tuple[Series[RelayStatistics], ...] = (
    Series(name="cameras", purpose="Cameras that the relay was told.", read=lambda s: s.cameras),
    Series(name="cameras_linked", purpose="Cameras whose senders answer.", read=lambda s: s.linked),
    Series(name="cameras_held", purpose="Cameras that no other relay has.", read=lambda s: s.held),
    Series(name="frames", purpose="Frames taken from senders.", read=lambda s: s.frames, counts=True),
    Series(name="keyframes", purpose="Keyframes among them.", read=lambda s: s.keyframes, counts=True),
    Series(name="payload_bytes", purpose="Payloads taken.", read=lambda s: s.payload_bytes, counts=True),
    Series(
        name="frames_missed",
        purpose="Frames that senders coded and that did not come.",
        read=lambda s: s.missed,
        counts=True,
    ),
    Series(name="frames_stored", purpose="Frames acknowledged.", read=lambda s: s.stored, counts=True),
    Series(
        name="frames_unrecorded",
        purpose="Frames that the server refused to record.",
        read=lambda s: s.unrecorded,
        counts=True,
    ),
    Series(
        name="frames_lost",
        purpose="Frames given up while the server was away.",
        read=lambda s: s.lost,
        counts=True,
    ),
    Series(name="frames_waiting", purpose="Frames not acknowledged yet.", read=lambda s: s.waiting),
)


def second_line(statistics: RelayStatistics) -> str:
    """The statistics of one second on one line."""
    return (
        f"{statistics.fps:6.1f} fps {statistics.kbps:8.1f} kbps | cameras {statistics.cameras} "
        f"linked {statistics.linked} held {statistics.held} | stored {statistics.stored} "
        f"waiting {statistics.waiting} missed {statistics.missed} lost {statistics.lost}"
    )


def summary_table(statistics: RelayStatistics) -> Table:
    """The statistics of the whole run as a table."""
    table = Table(title=f"relayed in {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row("cameras", f"{statistics.cameras}")
    table.add_row(
        "frames",
        f"taken {statistics.frames}, of those keyframes {statistics.keyframes}, stored {statistics.stored}, "
        f"not recorded {statistics.unrecorded}, lost {statistics.lost}, missed {statistics.missed}",
    )
    table.add_row("payload", f"{statistics.kbps:.1f} kbps")
    return table
