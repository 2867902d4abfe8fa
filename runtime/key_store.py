"""This machine's keys and its list of allowed keys, as files that nobody else may read."""

from __future__ import annotations

import logging
import os
import secrets
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_config_path

from narrowcast.errors import SecurityError
from narrowcast.protocol import (
    KeyPair,
    KeyTextError,
    key_pair_of,
    key_text,
    make_key_pair,
    parse_key,
    printable,
)
from narrowcast.runtime.program import program

_log = logging.getLogger(__name__)

HOME_VARIABLE = "NARROWCAST_HOME"
SECRET_FILE = "secret-key"
ALLOWED_FILE = "allowed-keys"
LOCK_FILE = "allowed-keys.lock"
LOCK_TIMEOUT_S = 10
MAX_NAME_CHARACTERS = 64
MAX_FILE_BYTES = 1 << 20
"Ten thousand keys; a longer file is none of ours."


class KeyStoreError(SecurityError):
    """The files cannot be used; the text says what is wrong and how to fix it."""


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
        self._make_folder()
        if not self.secret_path.exists():
            self._make_secret()
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
        _check_private(self.folder)
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
        self._make_folder()
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

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyStoreError(
                f"cannot make {self.folder} for the keys ({error.strerror}): set {HOME_VARIABLE} to a folder "
                "that may be written"
            ) from error
        _check_private(self.folder)

    def _make_secret(self) -> None:
        """Write a secret key whole or not at all; two programs that start together use the first one."""
        draft = self._write_draft(SECRET_FILE, key_text(make_key_pair().secret) + "\n")
        try:
            os.link(draft, self.secret_path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            draft.replace(self.secret_path)
        finally:
            draft.unlink(missing_ok=True)

    def _write_allowed(self, entries: list[AllowedKey]) -> None:
        text = "".join(f"{key_text(entry.key)} {entry.name}\n" for entry in entries)
        self._write_draft(ALLOWED_FILE, text).replace(self.allowed_path)

    def _write_draft(self, name: str, text: str) -> Path:
        """Write a new file beside its final place, readable by nobody else from its first moment."""
        draft = self.folder / f".{name}-{secrets.token_hex(8)}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise KeyStoreError(
                f"cannot write into {self.folder} ({error.strerror}): set {HOME_VARIABLE} to another folder"
            ) from error
        return draft

    def _read(self, path: Path) -> str:
        _check_private(path)
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


def _check_private(path: Path) -> None:
    """KeyStoreError where others can get at a file or folder."""
    if os.name != "posix":  # the folders of a Windows user are private by themselves
        return
    try:
        found = path.stat()
    except OSError as error:
        raise KeyStoreError(f"cannot look at {path}: {error.strerror}") from error
    if found.st_uid not in (os.getuid(), 0):
        raise KeyStoreError(f"{path} belongs to another user: set {HOME_VARIABLE} to a folder of your own")
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        right = "700" if path.is_dir() else "600"
        raise KeyStoreError(f"{path} is open to other users (mode {mode:o}): run chmod {right} {path}")
