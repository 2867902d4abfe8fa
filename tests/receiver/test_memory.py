"""Tests of receiver/memory.py: a small machine takes small pictures."""

from __future__ import annotations

from pathlib import Path

from narrowcast.receiver.memory import LEAST_PIXELS, largest_picture, machine_memory_bytes


def test_the_memory_bounds_the_picture() -> None:
    assert largest_picture(64 * 2**30) == 3840 * 2160
    assert 1920 * 1080 <= largest_picture(2 * 2**30) < 3840 * 2160
    assert largest_picture(2**20) == LEAST_PIXELS


def test_a_container_has_what_it_is_given(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("123456789\n")
    assert machine_memory_bytes(limit) == 123456789
    limit.write_text("max\n")
    whole = machine_memory_bytes(limit)
    assert whole == machine_memory_bytes(tmp_path / "missing") and whole is not None and whole > 2**26
