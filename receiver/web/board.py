"""What there is to see, for every browser: written by the receiver's thread, read by the server's."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codec import Rgb
from receiver.web.browser_messages import Press
from runtime.clock import now_us

HISTORY_SECONDS = 120
"A browser that comes later sees the charts full."

_PRESS_INTERVAL_US = 300_000
"A button that is held down, or a script, must not fill the disk."

_PASSING = "notice"
"of use only to who is there when it is said"


@dataclass(frozen=True, kw_only=True, eq=False)
class BoardPicture:
    """The newest picture."""

    number: int
    "counts the pictures shown"
    rgb: Rgb
    "uint8 [H, W, 3]"
    age_ms: float | None
    "since it was taken, when it was shown; None where unknown"
    shown_us: int
    "our clock, when that was"


@dataclass(frozen=True, kw_only=True)
class News:
    """Texts that a browser has not seen."""

    texts: tuple[str, ...]
    "JSON, oldest first"
    version: int
    "what to ask with next time"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reader:
    """One browser."""

    loop: asyncio.AbstractEventLoop
    "where it is served"
    news: asyncio.Event
    "set when there is something to tell it"
    tile: bool
    "it shows the stream among others"


class Board:
    """Holds one picture, the newest text of each kind, and the last seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._picture: BoardPicture | None = None
        self._pictures = 0
        self._version = 0
        self._newest: dict[str, tuple[int, str]] = {}
        self._seconds: deque[tuple[int, str]] = deque(maxlen=HISTORY_SECONDS)
        self._readers: list[_Reader] = []
        self._presses: list[Press] = []
        self._pressed_us = -_PRESS_INTERVAL_US
        self._closed = False

    # The receiver's thread.

    def put_picture(self, rgb: Rgb, age_ms: float | None) -> None:
        """Show a picture; it must not be changed afterwards."""
        with self._lock:
            self._pictures += 1
            self._picture = BoardPicture(number=self._pictures, rgb=rgb, age_ms=age_ms, shown_us=now_us())
        self._wake()

    def put(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Tell every browser something; of most kinds only the newest is kept for those that come later."""
        text = json.dumps({"kind": kind, **fields})
        with self._lock:
            self._version += 1
            if kind == "second":
                self._seconds.append((self._version, text))
            else:
                self._newest[kind] = (self._version, text)
        self._wake()

    def take_presses(self) -> list[Press]:
        """Buttons pressed since the last call."""
        with self._lock:
            presses, self._presses = self._presses, []
        return presses

    @property
    def watched(self) -> bool:
        """Whether a browser has the stream's page open; a tile of the grid shows less."""
        with self._lock:
            return any(not reader.tile for reader in self._readers)

    def close(self) -> None:
        """Send the browsers away."""
        with self._lock:
            self._closed = True
        self._wake()

    # The server's thread.

    @property
    def closed(self) -> bool:
        """Whether there will be nothing more to see."""
        with self._lock:
            return self._closed

    @property
    def picture(self) -> BoardPicture | None:
        """The newest one; None before the first."""
        with self._lock:
            return self._picture

    def news(self, version: int) -> News:
        """What was put after a version; 0 for a browser that has just come."""
        with self._lock:
            told = [*self._newest.items(), *(("second", second) for second in self._seconds)]
            unseen = [
                entry for kind, entry in told if entry[0] > version and (version > 0 or kind != _PASSING)
            ]
            return News(texts=tuple(text for _, text in sorted(unseen)), version=self._version)

    def join(self, news: asyncio.Event, *, tile: bool = False) -> None:
        """Have an event of the running loop set whenever something changes; `tile`: it is for the grid."""
        with self._lock:
            self._readers.append(_Reader(loop=asyncio.get_running_loop(), news=news, tile=tile))
        news.set()

    def leave(self, news: asyncio.Event) -> None:
        """No more of that."""
        with self._lock:
            self._readers = [reader for reader in self._readers if reader.news is not news]

    @property
    def browsers(self) -> int:
        """How many are there."""
        with self._lock:
            return len(self._readers)

    def press(self, press: Press) -> None:
        """A button was pressed."""
        with self._lock:
            if now_us() - self._pressed_us >= _PRESS_INTERVAL_US:
                self._pressed_us = now_us()
                self._presses.append(press)

    def _wake(self) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            if not reader.loop.is_closed():
                reader.loop.call_soon_threadsafe(reader.news.set)
