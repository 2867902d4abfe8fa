"""Converted networks on disk: bounded in bytes, checked before use, and nothing fails without them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)

MAX_CACHE_BYTES = 256 * 1024 * 1024
"A picture size takes up to 15 MB; the least recently used are removed."

_CHECKSUM = ".sha256"
_SUFFIXES = (".xml", ".bin", _CHECKSUM, ".blob")
"OpenVINO's model and weights, our checksum of both, and what earlier versions left here."


class ModelCache:
    """A folder of OpenVINO models by key. Nothing that is wrong with it is an error."""

    def __init__(self, folder: Path, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self.folder = folder
        self._max_bytes = max_bytes

    def find(self, key: str) -> Path | None:
        """Return the model's file; None where there is none, or where it is not as it was written."""
        model = self.folder / f"{key}.xml"
        try:
            if model.with_suffix(_CHECKSUM).read_text() != _checksum(model):
                return None
            for suffix in (".xml", ".bin", _CHECKSUM):  # used now: others are removed first
                with suppress(OSError):
                    os.utime(model.with_suffix(suffix))
        except (OSError, ValueError):
            return None
        return model

    def store(self, key: str, save: Callable[[Path], None]) -> None:
        """Keep what `save` writes to the path it is given (and beside it as .bin), if there is room."""
        model = self.folder / f"{key}.xml"
        unfinished = self.folder / f"unfinished-{os.getpid()}-{key}.xml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save(unfinished)
            unfinished.with_suffix(_CHECKSUM).write_text(_checksum(unfinished))
            for suffix in (".bin", ".xml", _CHECKSUM):
                unfinished.with_suffix(suffix).replace(model.with_suffix(suffix))
        except (OSError, RuntimeError) as error:  # RuntimeError: OpenVINO's, whatever the reason
            _warn_once(f"cannot keep converted networks in {self.folder} ({_reason(error)})")
            for suffix in _SUFFIXES:
                with suppress(OSError):
                    unfinished.with_suffix(suffix).unlink(missing_ok=True)
        self._prune()

    def _prune(self) -> None:
        """Remove the least recently used files until the rest is within the limit."""
        found = []
        with suppress(OSError):
            for path in self.folder.iterdir():
                if path.suffix in _SUFFIXES:
                    with suppress(OSError):  # another program has removed it
                        status = path.stat()
                        found.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._max_bytes:
                return
            with suppress(OSError):
                path.unlink()
                total -= size


def _checksum(model: Path) -> str:
    """SHA-256 of both files, in hexadecimal."""
    digest = hashlib.sha256(model.read_bytes())
    digest.update(model.with_suffix(".bin").read_bytes())
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    return (strerror or str(error).partition("\n")[0] or type(error).__name__).lower()


@cache
def _warn_once(text: str) -> None:
    logger.warning(
        "%s: each start takes seconds longer; set XDG_CACHE_HOME to a folder that can be written", text
    )
