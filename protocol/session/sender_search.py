"""Looking for a sender: when to say HELLO, and when to tell that nobody answers."""

from __future__ import annotations

HELLO_INTERVAL_US = 500_000
"Between two HELLOs while nobody answers; one may be lost with the connection that it was said to."

UNSENT_RETRY_US = 100_000
"The first HELLO is said before the connection stands; it need not cost a second."

FULL_RETRY_US = 5_000_000
"Before asking again at a sender that has as many receivers as it takes."

NO_ANSWER_US = 5_000_000
"Between two words about a sender that does not answer."


class SenderSearch:
    """The timers of a receiver that has no link."""

    def __init__(self) -> None:
        self.hello_us = 0
        "when the next HELLO is due"
        self.refused = False
        "the sender turned this receiver away for good: no HELLO until another one is there"
        self._alone_since_us: int | None = None
        self._no_answer_us = 0

    def found(self) -> None:
        """There is a link."""
        self._alone_since_us = None

    def hello_now(self, now_us: int) -> None:
        """Say HELLO at once."""
        self.hello_us = now_us

    def hello_later(self, now_us: int) -> None:
        """Give the sender time before the next HELLO: it said goodbye."""
        self.hello_us = now_us + HELLO_INTERVAL_US

    def connection_lost(self, now_us: int) -> None:
        """Not now: HELLO would be said to the dead connection."""
        self.hello_us = now_us + UNSENT_RETRY_US

    def hello_unsent(self, now_us: int) -> None:
        """The transport threw a HELLO away."""
        self.hello_us = min(self.hello_us, now_us + UNSENT_RETRY_US)

    def turned_away(self, now_us: int, *, final: bool) -> None:
        """The sender does not want this receiver: now, or at all."""
        self.refused = final
        self.hello_us = now_us + FULL_RETRY_US

    def unanswered_us(self, now_us: int) -> int | None:
        """How long nobody has answered, where it is time to say so."""
        if self._alone_since_us is None:
            self._alone_since_us = now_us
            self._no_answer_us = now_us + NO_ANSWER_US
        if self.refused or now_us < self._no_answer_us:
            return None
        self._no_answer_us = now_us + NO_ANSWER_US
        return now_us - self._alone_since_us

    def due_hello(self, now_us: int) -> bool:
        """Say, once, that a HELLO is due."""
        if self.refused or now_us < self.hello_us:
            return False
        self.hello_us = now_us + HELLO_INTERVAL_US
        return True
