"""The hub between a stream and its browsers: the receiver's thread publishes, the server's thread reads."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from narrowcast.codec import Rgb
from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import Button
from narrowcast.runtime.clock import now_us

HISTORY_SECONDS = 120
"A browser that comes later sees the charts full."

_PRESS_INTERVAL_US = 300_000
"A button that is held down, or a script, must not fill the disk."

_MAX_WISHES = 16
"Between two looks of the receiver; of more the oldest are forgotten."

_NOT_KEPT = "notice"
"The kind of text that is only for the browsers that are connected when it is published."


@dataclass(frozen=True, kw_only=True, eq=False)
class HubPicture:
    """The newest picture of a stream, as browsers get it."""

    number: int
    "counts the pictures shown"
    rgb: Rgb
    "uint8 [H, W, 3]"
    age_ms: float | None
    "since it was taken, when it was shown; None where unknown"
    shown_local_us: int
    "our clock, when it was shown"
    marked: bool = False
    "a generator painted it, and it has to say so"


@dataclass(frozen=True, kw_only=True)
class Updates:
    """Texts that a browser has not got yet."""

    texts: tuple[str, ...]
    "JSON, oldest first"
    version: int
    "what to ask with next time"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Subscriber:
    """One connected browser, and what wakes its connection."""

    loop: asyncio.AbstractEventLoop
    "where it is served"
    changed: asyncio.Event
    "set when there is something new to send"
    tile: bool
    "it shows the stream among others"


class StreamHub:
    """Holds one picture, the newest text of each kind, and the last seconds' statistics."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._picture: HubPicture | None = None
        self._pictures = 0
        self._version = 0
        self._newest: dict[str, tuple[int, str]] = {}
        self._seconds: deque[tuple[int, str]] = deque(maxlen=HISTORY_SECONDS)
        self._subscribers: list[_Subscriber] = []
        self._pressed: list[Button] = []
        self._pressed_us = -_PRESS_INTERVAL_US
        self._wishes: deque[StreamChoice] = deque(maxlen=_MAX_WISHES)
        self._closed = False

    # The receiver's thread.

    def publish_picture(self, rgb: Rgb, age_ms: float | None, *, marked: bool = False) -> None:
        """Replace the picture; it must not be changed afterwards."""
        with self._lock:
            self._pictures += 1
            self._picture = HubPicture(
                number=self._pictures, rgb=rgb, age_ms=age_ms, shown_local_us=now_us(), marked=marked
            )
        self._wake_subscribers()

    def publish(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Send a text to every browser; of most kinds the newest is kept for browsers that come later."""
        text = json.dumps({"kind": kind, **fields})
        with self._lock:
            self._version += 1
            if kind == "second":
                self._seconds.append((self._version, text))
            else:
                self._newest[kind] = (self._version, text)
        self._wake_subscribers()

    def take_pressed(self) -> list[Button]:
        """Buttons pressed since the last call."""
        with self._lock:
            pressed, self._pressed = self._pressed, []
        return pressed

    def take_wishes(self) -> list[StreamChoice]:
        """What was chosen in browsers since the last call, in order."""
        with self._lock:
            wishes = list(self._wishes)
            self._wishes.clear()
        return wishes

    @property
    def watched(self) -> bool:
        """Whether a browser has the stream's page open; a tile of the grid shows less."""
        with self._lock:
            return any(not subscriber.tile for subscriber in self._subscribers)

    def close(self) -> None:
        """Disconnect the browsers."""
        with self._lock:
            self._closed = True
        self._wake_subscribers()

    # The server's thread.

    @property
    def closed(self) -> bool:
        """Whether nothing more will be published."""
        with self._lock:
            return self._closed

    @property
    def picture(self) -> HubPicture | None:
        """The newest picture; None before the first."""
        with self._lock:
            return self._picture

    def updates(self, since_version: int) -> Updates:
        """What was published after a version; 0 for a browser that has just come."""
        with self._lock:
            kept = [*self._newest.items(), *(("second", second) for second in self._seconds)]
            new = [
                entry
                for kind, entry in kept
                if entry[0] > since_version and (since_version > 0 or kind != _NOT_KEPT)
            ]
            return Updates(texts=tuple(text for _, text in sorted(new)), version=self._version)

    def subscribe(self, changed: asyncio.Event, *, tile: bool = False) -> None:
        """Set an event of the running loop whenever something is published; `tile`: it is for the grid."""
        subscriber = _Subscriber(loop=asyncio.get_running_loop(), changed=changed, tile=tile)
        with self._lock:
            self._subscribers.append(subscriber)
        changed.set()

    def unsubscribe(self, changed: asyncio.Event) -> None:
        """Stop setting this event."""
        with self._lock:
            self._subscribers = [each for each in self._subscribers if each.changed is not changed]

    @property
    def browsers(self) -> int:
        """How many browsers are connected."""
        with self._lock:
            return len(self._subscribers)

    def press(self, button: Button) -> None:
        """Note that a button was pressed in a browser."""
        with self._lock:
            if now_us() - self._pressed_us >= _PRESS_INTERVAL_US:
                self._pressed_us = now_us()
                self._pressed.append(button)

    def wish(self, choice: StreamChoice) -> None:
        """Note what was chosen in a browser."""
        with self._lock:
            self._wishes.append(choice)

    def _wake_subscribers(self) -> None:
        with self._lock:
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            if not subscriber.loop.is_closed():
                subscriber.loop.call_soon_threadsafe(subscriber.changed.set)
