"""Tests of receiver/web/stills.py."""

from __future__ import annotations

from receiver.web.stills import MAX_STILLS, StillShelf


def test_the_last_stills_are_found_by_name() -> None:
    shelf = StillShelf()
    for number in range(MAX_STILLS + 1):
        shelf.put(f"{number}.png", bytes([number]))
    assert shelf.find("0.png") is None
    assert shelf.find(f"{MAX_STILLS}.png") == bytes([MAX_STILLS])
    assert shelf.find("../secret-key") is None
