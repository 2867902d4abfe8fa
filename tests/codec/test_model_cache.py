"""Tests of codec/model_cache.py."""

from __future__ import annotations

import os
from pathlib import Path

from narrowcast.codec.model_cache import ModelCache


def save(path: Path) -> None:
    path.write_bytes(b"x" * 100)
    path.with_suffix(".bin").write_bytes(b"y" * 1000)


def test_what_was_altered_is_not_found(tmp_path: Path) -> None:
    models = ModelCache(tmp_path / "cache")
    assert models.find("a") is None
    models.store("a", save)
    model = models.find("a")
    assert model is not None
    model.with_suffix(".bin").write_bytes(bytes(1000))
    assert models.find("a") is None
    models.store("a", save)
    assert models.find("a") == model
    model.with_suffix(".sha256").unlink()
    assert models.find("a") is None


def test_the_least_recently_used_is_removed(tmp_path: Path) -> None:
    models = ModelCache(tmp_path, max_bytes=2500)
    (tmp_path / "notes.txt").write_bytes(bytes(5000))
    for age, key in ((3, "old"), (2, "older-but-used")):
        models.store(key, save)
        for path in tmp_path.glob(f"{key}.*"):
            os.utime(path, ns=(0, 10**9 - age))
    assert models.find("older-but-used") is not None
    models.store("new", save)
    assert models.find("old") is None
    assert models.find("older-but-used") is not None and models.find("new") is not None
    sizes = [path.stat().st_size for path in tmp_path.iterdir() if path.suffix != ".txt"]
    assert sum(sizes) <= 2500 and (tmp_path / "notes.txt").exists()


def test_a_full_disk_costs_the_cache_and_nothing_else(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    models = ModelCache(tmp_path)
    models.store("a", fail)
    assert models.find("a") is None and list(tmp_path.iterdir()) == []
