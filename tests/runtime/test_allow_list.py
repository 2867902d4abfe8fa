"""The list in a running program follows the file, and fails closed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from runtime.allow_list import AllowList
from runtime.key_store import KeyStore

KEY, OTHER = bytes(32), b"\x01" * 32


def test_a_change_of_the_file_is_seen_at_the_next_look(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    allowed = AllowList(store)
    assert allowed() == frozenset()
    store.allow(KEY, "one")
    assert allowed() == {KEY}
    store.allow(OTHER, "two")
    assert allowed() == {KEY, OTHER}
    store.revoke("one")
    assert allowed() == {OTHER}
    store.allowed_path.unlink()
    assert allowed() == frozenset()


def test_a_list_that_cannot_be_read_lets_nobody_in_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = KeyStore(tmp_path / "keys")
    store.allow(KEY, "one")
    allowed = AllowList(store)
    assert allowed() == {KEY}
    with caplog.at_level(logging.ERROR):
        store.allowed_path.write_text("damaged")
        assert allowed() == frozenset()
        store.allowed_path.write_text("damaged")
        assert allowed() == frozenset()
    assert len(caplog.records) == 1 and "nobody is let in" in caplog.text
    store.allowed_path.unlink()
    store.allow(OTHER, "two")
    assert allowed() == {OTHER}


def test_a_list_that_others_may_write_lets_nobody_in(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    store.allow(KEY, "one")
    allowed = AllowList(store)
    assert allowed() == {KEY}
    store.allowed_path.chmod(0o666)
    assert allowed() == frozenset()
