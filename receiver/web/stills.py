"""The last stills, as PNG files in memory for browsers to fetch."""

from __future__ import annotations

import threading
from collections import OrderedDict

MAX_STILLS = 8
"A browser shows the newest pair; the files themselves are on the disk."


class StillShelf:
    """Files by name; any thread may put and find."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[str, bytes] = OrderedDict()

    def put(self, name: str, png: bytes) -> None:
        """Keep a file; the oldest one goes where there are many."""
        with self._lock:
            self._files[name] = png
            while len(self._files) > MAX_STILLS:
                self._files.popitem(last=False)

    def find(self, name: str) -> bytes | None:
        """The file of that name, if it is still there."""
        with self._lock:
            return self._files.get(name)
