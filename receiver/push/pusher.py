"""Keeps a stream at a media server: tries again where it is not there, ends a connection that hangs."""

from __future__ import annotations

from collections.abc import Callable

import av

from narrowcast.errors import OutputError
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.push.attempt import NewestPicture, PushAttempt
from narrowcast.receiver.push.target import PushTarget
from narrowcast.receiver.window.overlay import Picture, with_banner
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.line_throttle import LineThrottle
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.text import printable

FIRST_RETRY_US, MAX_RETRY_US = 1_000_000, 30_000_000
"Between two tries: twice as long each time."

HUNG_US = 15_000_000
"A server that takes nothing for so long is given up."

NOTE_US = 1_000_000
"Between two pictures that say that the stream is not live."

END_S = 1.0


class PushError(OutputError):
    """The stream cannot be pushed like this; the text says why."""


class Pusher:
    """Belongs to the receiver's main thread, which it never holds up."""

    def __init__(self, target: PushTarget, tell: Callable[[Notice], None]) -> None:
        """Begin; PushError where this PyAV has not the protocol at all."""
        check_protocol(target)
        self._target = target
        self._tell = tell
        self._name = printable(target.url)
        self._pictures = NewestPicture()
        self._last: Picture | None = None
        self._noted_us = 0
        self._retry_us = FIRST_RETRY_US
        self._due_us = 0
        self._told = False
        self._throttle = LineThrottle()
        self._attempt: PushAttempt | None = PushAttempt(target, self._pictures)

    def show(self, rgb: Picture) -> None:
        """Push a picture, uint8 RGB [H, W, 3], if there is time for it before the next one."""
        self._last = rgb
        self._pictures.put(rgb)

    def stale(self, note: StaleNote | None) -> None:
        """Push the last picture with why it is not live across it; None while it is live."""
        if note is not None and self._last is not None and now_us() - self._noted_us >= NOTE_US:
            self._noted_us = now_us()
            self._pictures.put(with_banner(self._last, note.headline, note.detail))

    def check(self) -> None:
        """Tell what has happened, and try again where it is time."""
        now = now_us()
        attempt = self._attempt
        if attempt is None:
            if now >= self._due_us:
                self._attempt = PushAttempt(self._target, self._pictures)
            return
        if attempt.pushing and not self._told:
            self._told = True
            self._retry_us = FIRST_RETRY_US
            self._tell(Notice(f"pushing to {self._name}"))
        error = attempt.error
        if error is None and now - attempt.progress_us > HUNG_US:
            attempt.kill()
            error = f"it has not answered for {HUNG_US // 1_000_000} s"
        if error is not None:
            self._give_up(error, now)

    def close(self) -> None:
        """End the stream at the server."""
        if self._attempt is not None:
            self._attempt.close(END_S)

    def _give_up(self, error: str, now: int) -> None:
        self._attempt, self._told = None, False
        self._due_us = now + self._retry_us
        text = f"cannot push to {self._name}: {error}; trying again, the stream goes on"
        told = self._throttle.notice("failure", Notice(text, level=Level.WARNING), now)
        self._retry_us = min(2 * self._retry_us, MAX_RETRY_US)
        if told is not None:
            self._tell(told)


def check_protocol(target: PushTarget) -> None:
    """Raise PushError where FFmpeg was built without the target's protocol."""
    scheme = target.url.partition("://")[0]
    if scheme != "srt":
        return
    try:
        av.open("srt://127.0.0.1:1?connect_timeout=1", "w", format=target.container).close()
    except av.ProtocolNotFoundError as error:
        raise PushError(
            "this PyAV has no SRT, as those from PyPI: push udp:// to a program here that sends it on "
            "(docs/programs.md), or build PyAV against a system's FFmpeg"
        ) from error
    except (av.FFmpegError, OSError):
        return
