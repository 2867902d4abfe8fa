"""This machine's keys and its list of allowed keys, as files that nobody else may read."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_config_path

from narrowcast.protocol import (
    KeyPair,
    KeyTextError,
    key_pair_of,
    key_text,
    make_key_pair,
    parse_key,
    printable,
)
from narrowcast.runtime.private_files import (
    HOME_VARIABLE,
    KeyStoreError,
    check_private,
    make_private_folder,
    write_once,
    write_private,
)
from narrowcast.runtime.program import program

_log = logging.getLogger(__name__)

SECRET_FILE = "secret-key"
ALLOWED_FILE = "allowed-keys"
LOCK_FILE = "allowed-keys.lock"
LOCK_TIMEOUT_S = 10
MAX_NAME_CHARACTERS = 64
MAX_FILE_BYTES = 1 << 20
"Ten thousand keys; a longer file is none of ours."


@dataclass(frozen=True, kw_only=True)
class AllowedKey:
    """One line of the list of allowed keys."""

    key: bytes
    "public key of the other machine"
    name: str
    "what people call it"


def default_folder() -> Path:
    """The folder of the key files: $NARROWCAST_HOME, or the user's folder for settings.

    KeyStoreError where this user has none, as in containers that run under a number without a name.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home)
    try:
        return user_config_path("narrowcast", appauthor=False)
    except RuntimeError as error:
        raise KeyStoreError(
            f"this user has no home folder for the keys: set {HOME_VARIABLE} to a folder that may be written"
        ) from error


def allow_command(key: bytes) -> str:
    """The command that allows a key on this machine."""
    home = os.environ.get(HOME_VARIABLE)
    prefix = f"{HOME_VARIABLE}={shlex.quote(home)} " if home else ""
    return f"{prefix}{program()} keys allow {key_text(key)}"


class KeyStore:
    """The key files of one folder; every method reads them again."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()
        self.secret_path = self.folder / SECRET_FILE
        self.allowed_path = self.folder / ALLOWED_FILE

    def own_keys(self) -> KeyPair:
        """This machine's keys, made at the first call."""
        make_private_folder(self.folder)
        if not self.secret_path.exists():
            write_once(self.secret_path, key_text(make_key_pair().secret) + "\n")
        text = self._read(self.secret_path)
        try:
            return key_pair_of(parse_key(text))
        except KeyTextError as error:
            raise KeyStoreError(
                f"{self.secret_path} is damaged ({error}): delete it, and new keys are made; "
                "the others have to be told the new one"
            ) from error

    def has_own_keys(self) -> bool:
        """Whether this machine's keys have been made."""
        return self.secret_path.exists()

    def allowed(self) -> list[AllowedKey]:
        """The allowed keys, in the order in which they were added."""
        if not self.allowed_path.exists():
            return []
        check_private(self.folder)
        lines = self._read(self.allowed_path).splitlines()
        return [self._parse_line(line, number) for number, line in enumerate(lines, 1) if line.strip()]

    def allow(self, key: bytes, name: str) -> None:
        """Allow a key, or give one that is allowed another name."""
        _check_name(name)
        with self._locked():
            kept = [entry for entry in self.allowed() if entry.key != key]
            if any(entry.name == name for entry in kept):
                raise KeyStoreError(
                    f"there is a key called {name!r} already: revoke it first, or use another name"
                )
            self._write_allowed([*kept, AllowedKey(key=key, name=name)])

    def revoke(self, who: str) -> AllowedKey:
        """Take a key off the list, by its name or its text; returns what was there."""
        with self._locked():
            entries = self.allowed()
            found = [entry for entry in entries if who in (entry.name, key_text(entry.key))]
            if not found:
                names = ", ".join(entry.name for entry in entries) or "none"
                raise KeyStoreError(f"no allowed key is called {printable(who)!r}; there are: {names}")
            self._write_allowed([entry for entry in entries if entry not in found])
            return found[0]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other programs from changing the list between reading and writing it."""
        make_private_folder(self.folder)
        lock = FileLock(self.folder / LOCK_FILE, timeout=LOCK_TIMEOUT_S, mode=0o600)
        try:
            with lock:
                yield
        except Timeout as error:
            raise KeyStoreError(
                f"another program has been changing {self.allowed_path} for {LOCK_TIMEOUT_S} s: try again"
            ) from error
        except OSError as error:
            raise KeyStoreError(f"cannot lock {self.allowed_path}: {error.strerror}") from error

    def _write_allowed(self, entries: list[AllowedKey]) -> None:
        text = "".join(f"{key_text(entry.key)} {entry.name}\n" for entry in entries)
        write_private(self.allowed_path, text)

    def _read(self, path: Path) -> str:
        check_private(path)
        try:
            with path.open(encoding="utf-8") as file:
                return file.read(MAX_FILE_BYTES)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise KeyStoreError(f"cannot read {path}: {reason}") from error

    def _parse_line(self, line: str, number: int) -> AllowedKey:
        text, _, name = line.strip().partition(" ")
        try:
            return AllowedKey(key=parse_key(text), name=printable(name.strip(), MAX_NAME_CHARACTERS))
        except KeyTextError as error:
            raise KeyStoreError(
                f"{self.allowed_path}, line {number}: {error}; mend or delete the line"
            ) from error


class AllowList:
    """The keys that may connect at this moment: the list is read again when its file has changed.

    Where it cannot be read, no key is allowed.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._stamp: tuple[int, int, int] | None = None
        self._keys: frozenset[bytes] = frozenset()
        self._last_error = ""

    def __call__(self) -> frozenset[bytes]:
        """The public keys that are allowed now."""
        stamp = self._file_stamp()
        if stamp is None or stamp != self._stamp:
            keys = self._read()
            self._keys = frozenset() if keys is None else keys
            self._stamp = None if keys is None else stamp  # what could not be read is tried again
        return self._keys

    def _file_stamp(self) -> tuple[int, int, int] | None:
        """Numbers that differ after every change of the list: each change writes a new file."""
        try:
            found = self._store.allowed_path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns

    def _read(self) -> frozenset[bytes] | None:
        try:
            return frozenset(entry.key for entry in self._store.allowed())
        except KeyStoreError as error:
            if str(error) != self._last_error:
                self._last_error = str(error)
                _log.error("no key is allowed: %s", error)
            return None


def _check_name(name: str) -> None:
    if not name or name != name.strip() or printable(name, MAX_NAME_CHARACTERS) != name:
        raise KeyStoreError(
            f"the name of a key has 1 to {MAX_NAME_CHARACTERS} ordinary characters, such as phone"
        )
