"""The receiver's link with a sender that welcomed it: its frames, its stills, its clock, and their timers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from narrowcast.protocol.rate.clock import ClockEstimator
from narrowcast.protocol.session.events import ReceiverEvent
from narrowcast.protocol.session.frame_intake import FrameIntake
from narrowcast.protocol.stills.fetch import StillArrived, StillFetch
from narrowcast.protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePart,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from narrowcast.protocol.wire.session_messages import Welcome

PING_INTERVAL_US = 1_000_000
"Between two PINGs once the clock is known."

FIRST_PINGS = 5
"This many come quickly, so that latencies are known within the first second."

FIRST_PING_INTERVAL_US = 200_000
"Between two of those."

QUIET_US = 500_000
"Nothing heard for this long: send a PING, and again after as long."

RIDE_US = 150_000
"A PING or REPORT that waits for an ACK saves its own headers, and what TCP answers to it."

LinkMessage: TypeAlias = FrameMessage | FramePart | StillPart | Pong
"what a sender sends while there is a link"

CreditMessage: TypeAlias = Ack | KeyframeRequest | StillRequest
"what a sender waits for: sent again where the transport threw it away"


class SenderLink:
    """One session with one sender, from WELCOME to its end."""

    def __init__(
        self,
        welcome: Welcome,
        *,
        clock: ClockEstimator,
        frames: FrameIntake,
        stills: StillFetch,
        send: Callable[[Message], None],
        tell: Callable[[ReceiverEvent], None],
        now_us: int,
    ) -> None:
        """Begin, with a PING at once: before any ACK it is the sender's first measure of min_rtt.

        Args:
            welcome: what the sender said.
            clock: the estimate of its clock.
            frames: takes its frames.
            stills: takes its exact pictures.
            send: takes a message for the sender.
            tell: takes an event.
            now_us: our clock.
        """
        self.welcome = welcome
        "what the sender said"
        self._clock = clock
        self._frames = frames
        self._stills = stills
        self._send = send
        self._tell = tell
        self._pings = 0
        self._pinged_us = 0
        self._ping_us = now_us
        self._quiet_us = 0
        self._ping_if_due(now_us, now_us)

    @staticmethod
    def stamped(message: Message, now_us: int) -> Message:
        """The message with the time at which it leaves, where it is a PING."""
        return replace(message, sent_receiver_us=now_us) if isinstance(message, Ping) else message

    def is_of_another_run(self, message: LinkMessage) -> bool:
        """Say whether the sender's program was started anew since it welcomed us."""
        return isinstance(message, Pong) and message.epoch != self.welcome.epoch

    def receive(self, message: LinkMessage, now_us: int) -> None:
        """Take a message of this run of the sender."""
        if isinstance(message, (FrameMessage, FramePart)):
            self._frames.receive(message, self.welcome, now_us)
        elif isinstance(message, StillPart):
            self._on_still_part(message, now_us)
        else:
            self._frames.note_coding(encode_us=message.encode_us, quality=message.quality_permille / 1000)
            self._clock.add_exchange(
                ping_sent_local_us=message.ping_sent_receiver_us,
                ping_received_sender_us=message.ping_received_sender_us,
                pong_sent_sender_us=message.pong_sent_sender_us,
                pong_received_local_us=now_us,
            )

    def run_timers(self, now_us: int, heard_us: int) -> None:
        """Send what is due; `heard_us` is when the sender was last heard."""
        self._ping_if_due(now_us, heard_us)
        self._frames.run_timers(now_us)
        request = self._stills.due_request(now_us)
        if request is not None:
            self._send(request)
        expired = self._stills.expired(now_us)
        if expired is not None:
            self._tell(expired)

    def next_timer_us(self, now_us: int) -> int:
        """When `run_timers` has something to do."""
        timers = [min(self._ping_us, self._quiet_us)]
        if self._frames.request_us is not None:
            timers.append(self._frames.request_us)
        if self._stills.timer_us is not None:
            timers.append(max(now_us, self._stills.timer_us))
        return min(timers)

    def _ping_if_due(self, now_us: int, heard_us: int) -> None:
        """Send a PING regularly, and when nothing has been heard for a while."""
        self._quiet_us = max(heard_us, self._pinged_us) + QUIET_US
        if now_us < min(self._ping_us, self._quiet_us):
            return
        self._pings += 1
        self._pinged_us = now_us
        self._quiet_us = now_us + QUIET_US
        interval_us = PING_INTERVAL_US if self._pings > FIRST_PINGS else FIRST_PING_INTERVAL_US
        self._ping_us = now_us + interval_us
        min_rtt_us = self._clock.recent_min_rtt_us
        self._send(Ping(number=self._pings, sent_receiver_us=now_us, min_rtt_us=min_rtt_us))

    def _on_still_part(self, part: StillPart, now_us: int) -> None:
        ended = self._stills.add(part, now_us)
        if isinstance(ended, StillArrived):
            self._send(self._stills.confirmation(part))
        if ended is not None:
            self._tell(ended)


def patience_us(message: Message) -> int:
    """How long a message may wait for an ACK to ride on: a REPORT, or a PING once the clock is known."""
    in_no_hurry = isinstance(message, Report) or (isinstance(message, Ping) and message.number > FIRST_PINGS)
    return RIDE_US if in_no_hurry else 0
