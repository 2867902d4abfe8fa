"""How much of a camera is kept."""

from __future__ import annotations

from narrowcast.fabric.retention import DEFAULT_KEEP_S, StreamLimits


def test_a_day_is_kept_where_nothing_is_said() -> None:
    assert StreamLimits() == StreamLimits(keep_s=None, keep_bytes=None) and DEFAULT_KEEP_S == 86_400
