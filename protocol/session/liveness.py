"""When the side that connects gives a silent connection up and makes a new one.

Links die in ways that TCP notices after minutes: a proxy that freezes, an address that changed, a route that
is gone. On a link that works a message comes every second at least, if only the answer to a PING.
"""

from __future__ import annotations

SILENCE_US = 1_100_000
"A link that works is never silent for this and twice its round trip: parts are short, PINGs are answered."

UNLINKED_US = 5_000_000
"The timeout while there is no session: a handshake over a long round trip may take as long."

MAX_SILENCE_US = 12_000_000
"The longest timeout, after repeated doubling."

SHORT_LIFE_US = 10_000_000
"A link that fell silent earlier than this may only be slow: the timeout is doubled for the next one."

PAUSE_US = 400_000
"Longer between two checks: this program was suspended, and has yet to read what came meanwhile."

GRACE_US = 700_000
"Extra time after such a pause, for an answer to come."


class Liveness:
    """Measures how long nothing has been heard, and says when that is too long."""

    def __init__(self) -> None:
        self.heard_us: int | None = None
        "our clock, at the last message, or when the wait for one began"
        self._checked_us: int | None = None
        self._grace_us = 0
        self._linked_us: int | None = None
        self._silence_us = SILENCE_US
        self._rtt_us = 0

    @property
    def timeout_us(self) -> int:
        """How long the other end may be silent."""
        return UNLINKED_US if self._linked_us is None else self._silence_us + 2 * self._rtt_us

    def note_rtt(self, rtt_us: int) -> None:
        """Take the min_rtt of the link, which adds to the timeout."""
        self._rtt_us = rtt_us

    def heard(self, now_us: int) -> None:
        """Note that a message came."""
        self.heard_us = now_us

    def linked(self, now_us: int) -> None:
        """Note that a session began."""
        self._linked_us = now_us
        self.heard_us = now_us

    def is_silent(self, now_us: int) -> bool:
        """Say whether it is time to connect anew; call it several times a second."""
        if self.heard_us is None:
            self.heard_us = now_us
        if self._checked_us is not None and now_us - self._checked_us > PAUSE_US:
            self._grace_us = now_us + GRACE_US
        self._checked_us = now_us
        return now_us >= self.deadline_us

    @property
    def deadline_us(self) -> int:
        """When silence will have lasted too long."""
        return max((self.heard_us or 0) + self.timeout_us, self._grace_us)

    def unlinked(self, now_us: int, *, silent: bool) -> None:
        """A session ended; where it fell silent early, the timeout is doubled for the next one."""
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
