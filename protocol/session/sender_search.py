"""A receiver's search for its sender: the HELLO, when to send it, and when to tell that nobody answers."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast.protocol.session.config import ReceiverSessionConfig
from narrowcast.protocol.session.events import NoAnswer, ReceiverEvent, Rejected
from narrowcast.protocol.wire.fields import MAX_FPS, MAX_KBPS, MIN_FPS, MIN_KBPS, clamp_limit
from narrowcast.protocol.wire.messages import Message
from narrowcast.protocol.wire.session_messages import PROTOCOL_VERSION, Hello, Role

HELLO_INTERVAL_US = 500_000
"Between two HELLOs while nobody answers; one may be lost together with the connection that it was sent on."

UNSENT_RETRY_US = 100_000
"The first HELLO is sent before the connection is established; it need not cost a second."

FULL_RETRY_US = 5_000_000
"Before asking again at a sender that has as many receivers as it takes."

NO_ANSWER_US = 5_000_000
"Between two events that tell of a sender that does not answer."


class SenderSearch:
    """Sends HELLO while there is no link, and reports when nobody answers."""

    def __init__(
        self,
        config: ReceiverSessionConfig,
        send: Callable[[Message], None],
        tell: Callable[[ReceiverEvent], None],
    ) -> None:
        """Begin to search; `send` takes messages for the sender, `tell` takes events."""
        self.hello_us = 0
        "when the next HELLO is due"
        self.refused = False
        "the sender rejected this receiver for good: no HELLO until another sender connects"
        self.config = config
        "what a HELLO asks for"
        self._send = send
        self._tell = tell
        self._alone_since_us: int | None = None
        self._told: Rejected | None = None
        self._no_answer_us = 0

    def run_timers(self, now_us: int, *, reachable: bool) -> None:
        """Send a HELLO if one is due and there is a connection; tell where nobody has answered for long."""
        waited_us = self._unanswered_us(now_us)
        if waited_us is not None:
            self._tell(NoAnswer(waited_us=waited_us))
        if reachable and not self.refused and now_us >= self.hello_us:
            self.hello_us = now_us + HELLO_INTERVAL_US
            self._send(_hello(self.config))

    def found(self) -> None:
        """Stop waiting for an answer: there is a link."""
        self._alone_since_us = self._told = None

    def hello_now(self, now_us: int) -> None:
        """Make a HELLO due at once."""
        self.hello_us = now_us

    def hello_later(self, now_us: int) -> None:
        """Make the next HELLO due after an interval: the sender ended the session and needs time."""
        self.hello_us = now_us + HELLO_INTERVAL_US

    def connection_lost(self, now_us: int) -> None:
        """Make the next HELLO due a moment later: now it would be sent on the dead connection."""
        self.hello_us = now_us + UNSENT_RETRY_US

    def hello_unsent(self, now_us: int) -> None:
        """Repeat soon a HELLO that the transport threw away."""
        self.hello_us = min(self.hello_us, now_us + UNSENT_RETRY_US)

    def turned_away(self, rejected: Rejected, now_us: int) -> None:
        """Tell of a rejection, once while it stays the same; wait, or stop the search where it is final."""
        if rejected != self._told:
            self._tell(rejected)
        self._told = rejected
        self.refused = rejected.final
        self.hello_us = now_us + FULL_RETRY_US

    def _unanswered_us(self, now_us: int) -> int | None:
        """How long nobody has answered; None while it is not yet time to tell."""
        if self._alone_since_us is None:
            self._alone_since_us = now_us
            self._no_answer_us = now_us + NO_ANSWER_US
        if self.refused or now_us < self._no_answer_us:
            return None
        self._no_answer_us = now_us + NO_ANSWER_US
        return now_us - self._alone_since_us


def _hello(config: ReceiverSessionConfig) -> Hello:
    """The HELLO of a receiver: what it wants and can decode."""
    return Hello(
        version=PROTOCOL_VERSION,
        role=Role.RECEIVER,
        instance=config.instance,
        codecs=config.codecs,
        stream=config.stream,
        max_kbps=clamp_limit(config.max_kbps, MIN_KBPS, MAX_KBPS),
        max_fps=clamp_limit(config.max_fps, MIN_FPS, MAX_FPS),
        max_payload_bytes=config.max_payload_bytes,
        name=config.name,
    )
