"""Adding up needs the cameras of a relay: see test_member.py, and test_relay.py for real ones."""

from __future__ import annotations

from narrowcast.fabric.relay.totals import Totals


def test_a_relay_without_cameras_counts_nothing() -> None:
    assert Totals([]).whole().frames == 0
