"""Tests of receiver/saved_names.py."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from receiver.saved_names import saved_name

NOW = datetime(2026, 1, 31, 23, 59, 58, 123456)


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("", "narrowcast-20260131-235958-123456.png"),
        ("front_2", "narrowcast-front_2-20260131-235958-123456.png"),
        ("../../etc/x", "narrowcast-______etc_x-20260131-235958-123456.png"),
    ],
)
def test_a_name_says_when_and_of_what_and_stays_in_its_folder(stream: str, name: str) -> None:
    assert saved_name(stream, ".png", now=NOW) == name
    assert (Path("folder") / name).parent == Path("folder")
