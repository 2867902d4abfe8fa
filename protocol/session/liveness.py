"""Detects that the other end is gone, for the side that connects and has to make a new connection.

Links die in ways that TCP notices after minutes: a proxy that freezes, an address that changed, a route that
went away. While anything lives, something is heard every second at least, if only the answer to a PING.
"""

from __future__ import annotations

SILENCE_US = 1_100_000
"Beside twice the round trip: parts are short and PINGs are answered, so a live link is never silent longer."

UNLINKED_US = 5_000_000
"Before there is a link: a handshake with a long round trip may take as long."

MAX_SILENCE_US = 12_000_000
"The longest that SILENCE_US may become by doubling."

SHORT_LIFE_US = 10_000_000
"A link that fell silent earlier than this may only be slow: the next one may be silent for twice as long."

PAUSE_US = 400_000
"Not asked for this long: this machine was suspended, and what came meanwhile has not been read yet."

GRACE_US = 700_000
"After such a pause: the time for an answer to come."


class Liveness:
    """Measures how long nothing has been heard from the other end."""

    def __init__(self) -> None:
        self.heard_us: int | None = None
        "our clock, at the last message, or when we began to wait for one"
        self._looked_us: int | None = None
        self._grace_us = 0
        self._linked_us: int | None = None
        self._silence_us = SILENCE_US
        self._rtt_us = 0

    @property
    def patience_us(self) -> int:
        """How long the other end may be silent."""
        return UNLINKED_US if self._linked_us is None else self._silence_us + 2 * self._rtt_us

    def note_rtt(self, rtt_us: int) -> None:
        """Note the round trip of the idle link."""
        self._rtt_us = rtt_us

    def heard(self, now_us: int) -> None:
        """Note that a message came."""
        self.heard_us = now_us

    def linked(self, now_us: int) -> None:
        """Note that a session began."""
        self._linked_us = now_us
        self.heard_us = now_us

    def is_silent(self, now_us: int) -> bool:
        """Whether it is time for a new connection; to be called several times a second."""
        if self.heard_us is None:
            self.heard_us = now_us
        if self._looked_us is not None and now_us - self._looked_us > PAUSE_US:
            self._grace_us = now_us + GRACE_US
        self._looked_us = now_us
        return now_us >= self.deadline_us

    @property
    def deadline_us(self) -> int:
        """When silence will have lasted too long."""
        return max((self.heard_us or 0) + self.patience_us, self._grace_us)

    def unlinked(self, now_us: int, *, silent: bool) -> None:
        """Note that the session ended; after a silence the next one may be silent for longer."""
        if self._linked_us is None:
            self.heard_us = now_us
            return
        short = now_us - self._linked_us < SHORT_LIFE_US
        if not short:
            self._silence_us = SILENCE_US
        elif silent:
            self._silence_us = min(2 * self._silence_us, MAX_SILENCE_US)
        self._linked_us = None
        self.heard_us = now_us
