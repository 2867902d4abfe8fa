"""Key files: made once, private, and never half written."""

from __future__ import annotations

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from narrowcast.protocol import key_text, make_key_pair
from narrowcast.runtime import key_store
from narrowcast.runtime.key_store import AllowedKey, AllowList, KeyStore, allow_command, default_folder
from narrowcast.runtime.private_files import KeyStoreError

KEY, OTHER = bytes(32), b"\x01" * 32

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps a user's folders private itself")


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "home" / "narrowcast")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_made_at_first_use_and_stay(store: KeyStore) -> None:
    assert not store.has_own_keys()
    keys = store.own_keys()
    assert keys == store.own_keys() == KeyStore(store.folder).own_keys()
    assert store.has_own_keys()
    assert mode(store.folder) == 0o700 and mode(store.secret_path) == 0o600
    assert [path.name for path in store.folder.iterdir()] == [store.secret_path.name], "no draft is left"


def test_the_list_grows_and_shrinks(store: KeyStore) -> None:
    assert store.allowed() == []
    store.allow(KEY, "phone")
    store.allow(OTHER, "my laptop")
    store.allow(KEY, "old phone")
    assert store.allowed() == [AllowedKey(key=OTHER, name="my laptop"), AllowedKey(key=KEY, name="old phone")]
    assert mode(store.allowed_path) == 0o600
    assert store.revoke("my laptop").key == OTHER
    assert store.revoke(key_text(KEY)).name == "old phone"
    assert store.allowed() == []


def test_a_name_that_is_taken_or_unknown_is_told(store: KeyStore) -> None:
    store.allow(KEY, "phone")
    with pytest.raises(KeyStoreError, match="called 'phone' already"):
        store.allow(OTHER, "phone")
    with pytest.raises(KeyStoreError, match="no allowed key is called 'fone'; there are: phone"):
        store.revoke("fone")
    assert len(store.allowed()) == 1


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 65, "\x1b[2J"])
def test_a_name_cannot_forge_a_line(store: KeyStore, name: str) -> None:
    with pytest.raises(KeyStoreError, match="name of a key"):
        store.allow(KEY, name)


@pytest.mark.parametrize("right", [0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_not_used(store: KeyStore, right: int) -> None:
    store.own_keys()
    store.secret_path.chmod(right)
    with pytest.raises(KeyStoreError, match=f"mode {right:o}.*chmod 600"):
        store.own_keys()


def test_a_folder_or_a_list_that_others_can_change_is_not_used(store: KeyStore) -> None:
    store.allow(KEY, "phone")
    store.allowed_path.chmod(0o666)
    with pytest.raises(KeyStoreError, match="chmod 600"):
        store.allowed()
    store.allowed_path.chmod(0o600)
    store.folder.chmod(0o777)
    for use in (store.allowed, store.own_keys):
        with pytest.raises(KeyStoreError, match="chmod 700"):
            use()


def test_programs_that_change_the_list_at_once_lose_nothing(store: KeyStore) -> None:
    keys = [make_key_pair().public for _ in range(40)]
    for index, key in enumerate(keys[:20]):
        store.allow(key, f"old {index}")

    def allow(index: int) -> None:
        KeyStore(store.folder).allow(keys[20 + index], f"new {index}")

    def revoke(index: int) -> None:
        KeyStore(store.folder).revoke(f"old {index}")

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(job, index) for index in range(20) for job in (allow, revoke)]
        for job in jobs:
            job.result()
    assert {entry.name for entry in store.allowed()} == {f"new {index}" for index in range(20)}


def test_a_list_that_another_program_holds_is_told(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.allow(KEY, "phone")
    monkeypatch.setattr(key_store, "LOCK_TIMEOUT_S", 0.05)
    with FileLock(store.folder / "allowed-keys.lock"), pytest.raises(KeyStoreError, match="try again"):
        store.revoke("phone")
    assert [entry.name for entry in store.allowed()] == ["phone"]


def test_damaged_files_are_named_with_the_line(store: KeyStore) -> None:
    store.allow(KEY, "phone")
    with store.allowed_path.open("a") as file:
        file.write("nonsense here\n")
    with pytest.raises(KeyStoreError, match="allowed-keys, line 2"):
        store.allowed()
    store.own_keys()
    store.secret_path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyStoreError, match="it is no text"):
        store.own_keys()
    store.secret_path.write_text("half a key")
    with pytest.raises(KeyStoreError, match="is damaged"):
        store.own_keys()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyStoreError, match="NARROWCAST_HOME"):
        KeyStore(tmp_path / "file" / "narrowcast").own_keys()


def test_the_folder_is_where_people_expect_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NARROWCAST_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".config" / "narrowcast"
    assert allow_command(KEY).startswith("narrowcast keys allow aaaa")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert default_folder() == tmp_path / "xdg" / "narrowcast"
    monkeypatch.setenv("NARROWCAST_HOME", "/srv/my keys")
    assert default_folder() == Path("/srv/my keys")
    assert allow_command(KEY).startswith("NARROWCAST_HOME='/srv/my keys' narrowcast keys allow")


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NARROWCAST_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(variable, raising=False)

    def nobody(number: int) -> None:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(KeyStoreError, match="no home folder for the keys: set NARROWCAST_HOME"):
        KeyStore()


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


def test_a_list_that_cannot_be_read_allows_no_key_and_says_so_once(
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
    assert len(caplog.records) == 1 and "no key is allowed" in caplog.text
    store.allowed_path.unlink()
    store.allow(OTHER, "two")
    assert allowed() == {OTHER}


def test_a_list_that_others_may_write_allows_no_key(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    store.allow(KEY, "one")
    allowed = AllowList(store)
    assert allowed() == {KEY}
    store.allowed_path.chmod(0o666)
    assert allowed() == frozenset()
