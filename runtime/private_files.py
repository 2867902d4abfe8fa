"""Files and folders that nobody else may read: keys, and what belongs to them."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from narrowcast.errors import SecurityError

HOME_VARIABLE = "NARROWCAST_HOME"


class KeyStoreError(SecurityError):
    """The files cannot be used; the text says what is wrong and how to fix it."""


def make_private_folder(folder: Path) -> None:
    """Make a folder for this user alone, where there is none; KeyStoreError where others can get at it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeyStoreError(
            f"cannot make {folder} for the keys ({error.strerror}): set {HOME_VARIABLE} to a folder "
            "that may be written"
        ) from error
    check_private(folder)


def check_private(path: Path) -> None:
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


def write_private(path: Path, text: str) -> None:
    """Write a file, or put it in place of the one before in one step."""
    _write_draft(path, text).replace(path)


def write_once(path: Path, text: str) -> None:
    """Write a file whole or not at all; of two programs that start together both use the first one's."""
    draft = _write_draft(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(path: Path, text: str) -> Path:
    """Write a new file beside its final place, readable by nobody else from its first moment."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise KeyStoreError(
            f"cannot write into {path.parent} ({error.strerror}): set {HOME_VARIABLE} to another folder"
        ) from error
    return draft
