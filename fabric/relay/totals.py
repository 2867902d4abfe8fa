"""Adds up what the cameras of a relay count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from narrowcast.fabric.relay.camera import CameraCounts
from narrowcast.fabric.relay.member import RelayMember
from narrowcast.fabric.relay.statistics import RelayStatistics
from narrowcast.runtime.clock import now_us

_SECOND_US = 1_000_000


class Totals:
    """The counts of all cameras, of each second and since the start."""

    def __init__(self, members: Sequence[RelayMember]) -> None:
        self._members = members
        self._start_us = self._second_us = now_us()
        self._before = CameraCounts()

    def second(self) -> RelayStatistics | None:
        """The last second's statistics, if it is over."""
        now = now_us()
        if now - self._second_us < _SECOND_US:
            return None
        counts = self._sum()
        past = {name: getattr(counts, name) - getattr(self._before, name) for name in _NAMES}
        statistics = self._statistics(CameraCounts(**past), now - self._second_us)
        self._before, self._second_us = counts, now
        return statistics

    def whole(self) -> RelayStatistics:
        """The statistics since the start."""
        return self._statistics(self._sum(), now_us() - self._start_us)

    def _sum(self) -> CameraCounts:
        counts = [member.camera.counts for member in self._members]
        return CameraCounts(**{name: sum(getattr(each, name) for each in counts) for name in _NAMES})

    def _statistics(self, counts: CameraCounts, passed_us: int) -> RelayStatistics:
        return RelayStatistics(
            seconds=passed_us / 1e6,
            cameras=len(self._members),
            linked=sum(member.linked for member in self._members),
            held=sum(member.lease.held for member in self._members),
            waiting=sum(len(member.camera.ring) for member in self._members),
            **{name: getattr(counts, name) for name in _NAMES},
        )


_NAMES = tuple(field.name for field in fields(CameraCounts))
