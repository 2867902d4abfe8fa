"""What was learnt of the links of receivers that left: one that comes back begins where it was."""

from __future__ import annotations

from narrowcast.protocol.rate.bandwidth import BandwidthEstimate

MAX_REMEMBERED = 64
"Estimates; beyond, the oldest is forgotten."


class BandwidthMemory:
    """Keeps estimates by the number that a receiver's program drew at its start."""

    def __init__(self) -> None:
        self._estimates: dict[int, BandwidthEstimate] = {}

    def keep(self, instance: int, estimate: BandwidthEstimate) -> None:
        """Keep the estimate of a receiver that left."""
        self._estimates[instance] = estimate
        if len(self._estimates) > MAX_REMEMBERED:
            del self._estimates[next(iter(self._estimates))]

    def take(self, instance: int) -> BandwidthEstimate:
        """Give the estimate of a receiver that joins: its own from before, or a new one."""
        return self._estimates.pop(instance, BandwidthEstimate())
