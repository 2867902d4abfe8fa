"""Limits that a receiver may ask for are none, or make sense."""

from __future__ import annotations

from typing import Any

import pytest

from narrowcast.protocol.wire.session_messages import Hello, StreamParameters


@pytest.mark.parametrize("field", ["max_fps", "max_kbps"])
def test_a_limit_that_is_next_to_nothing_is_refused(field: str) -> None:
    values: dict[str, Any] = {"version": 3, "role": 1, "instance": 1}
    for value in (0.0, 1.0, 1000.0):
        Hello(**(values | {field: value}))
    with pytest.raises(ValueError, match=f"{field} needs to be 0"):
        Hello(**(values | {field: 5e-324}))


def test_so_is_a_cap() -> None:
    with pytest.raises(ValueError, match="max_kbps needs to be 0"):
        StreamParameters(width=64, height=64, fps=15.0, codec="jpeg", max_kbps=0.5)
