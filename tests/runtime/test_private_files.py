"""Files and folders that nobody else may read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from narrowcast.runtime.private_files import (
    KeyStoreError,
    check_private,
    make_private_folder,
    write_once,
    write_private,
)


def test_of_two_programs_that_start_together_the_first_one_writes(tmp_path: Path) -> None:
    write_once(tmp_path / "key", "first")
    write_once(tmp_path / "key", "second")
    assert (tmp_path / "key").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"], "no draft is left"


def test_what_is_written_is_for_this_user_alone(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "keys")
    write_private(tmp_path / "keys" / "list", "one")
    write_private(tmp_path / "keys" / "list", "two")
    assert (tmp_path / "keys" / "list").read_text() == "two"
    assert stat.S_IMODE((tmp_path / "keys" / "list").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_what_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(KeyStoreError, match=r"open to other users \(mode 644\): run chmod 600"):
        check_private(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyStoreError, match="cannot make"):
        make_private_folder(tmp_path / "file" / "keys")
