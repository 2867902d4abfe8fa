"""The keys that may connect at this moment, for a program that runs while the list is changed."""

from __future__ import annotations

import logging

from runtime.key_store import KeyStore, KeyStoreError

_log = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]


class AllowList:
    """Reads the list again when its file has changed; where it cannot be read, nobody is allowed."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._stamp: _Stamp | None = None
        self._keys: frozenset[bytes] = frozenset()
        self._complaint = ""

    def __call__(self) -> frozenset[bytes]:
        """The public keys that are allowed now."""
        stamp = self._look()
        if stamp is None or stamp != self._stamp:
            self._keys = self._read()
            self._stamp = stamp
        return self._keys

    def _look(self) -> _Stamp | None:
        """What changes whenever the file does: each change writes a new one."""
        try:
            found = self._store.allowed_path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns

    def _read(self) -> frozenset[bytes]:
        try:
            return frozenset(entry.key for entry in self._store.allowed())
        except KeyStoreError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                _log.error("nobody is let in: %s", error)
            return frozenset()
