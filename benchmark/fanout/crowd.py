"""The light receivers of `narrowcast bench fanout`: real sessions and sockets, but nothing is decoded.

All in one thread with one poll, so that hundreds of them leave the machine to the sender.
"""

from __future__ import annotations

import json
import random
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from narrowcast.protocol import (
    CodecOffer,
    DealerPool,
    ReceiverSession,
    ReceiverSessionConfig,
    SendOutcome,
    TransportConfig,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.descriptors import raise_descriptor_limit
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import OneLineParser, run_command

_POLL_MS = 20
_TIMER_US = 50_000
"Between two looks at every session's timers; what comes in is answered at once."
_END_LINGER_MS = 200


@dataclass(frozen=True, kw_only=True)
class LightArrival:
    """A frame that a light receiver took; times are on this machine's clock."""

    taken_us: int
    "when"
    age_us: int
    "how long after its capture"


class LightReceiver:
    """One receiver: takes every frame as soon as it comes, and notes how old it was."""

    def __init__(self, offer: CodecOffer) -> None:
        self.arrivals: list[LightArrival] = []
        self.session = ReceiverSession(
            ReceiverSessionConfig(codecs=(offer,), instance=random.getrandbits(63), name="light")
        )
        "its side of the protocol"

    def take_frames(self, now: int) -> None:
        """Take what has come."""
        while (frame := self.session.take_frame(now)) is not None:
            capture_us = self.session.clock.local_us(frame.capture_sender_us, now)
            if capture_us is not None:
                self.arrivals.append(LightArrival(taken_us=now, age_us=now - capture_us))


class Crowd:
    """Receivers at one sender. They belong to the thread that calls `run`."""

    def __init__(self, url: str, offer: CodecOffer, count: int) -> None:
        """Connect; TransportError where the address is none."""
        self.receivers = [LightReceiver(offer) for _ in range(count)]
        "by the number of their connection"
        self._pool = DealerPool()
        self._timer_us = 0
        for _ in self.receivers:
            self._pool.connect(TransportConfig(url=url, bind=False))

    @property
    def linked(self) -> bool:
        """Whether the sender has welcomed all of them."""
        return all(receiver.session.linked for receiver in self.receivers)

    def run(self, stopped: Callable[[], bool], on_step: Callable[[], None] = lambda: None) -> None:
        """Receive until told to stop, then say goodbye; `on_step` is called often."""
        while not stopped():
            self._step()
            on_step()
        for number, receiver in enumerate(self.receivers):
            receiver.session.close("the benchmark is over")
            self._flush(number)
        self._pool.close(_END_LINGER_MS)

    def _step(self) -> None:
        heard = {}
        for number, data in self._pool.poll(_POLL_MS):
            receiver = heard[number] = self.receivers[number]
            receiver.session.receive(b"", data, now_us())
        for number, receiver in heard.items():
            receiver.take_frames(now_us())
            self._flush(number)
        if now_us() >= self._timer_us:
            self._timer_us = now_us() + _TIMER_US
            for number in range(len(self.receivers)):
                self._flush(number)

    def _flush(self, number: int) -> None:
        session = self.receivers[number].session
        for message in session.messages_to_send(now_us()):
            outcome = self._pool.send(number, message.data)
            if outcome is not SendOutcome.SENT:
                session.not_sent(message, outcome, now_us())
        if session.take_reconnect():
            self._pool.reconnect(number)
        session.events()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the crowd until SIGTERM; returns the exit status."""
    parser = OneLineParser(prog="benchmark.fanout.crowd", description="Receivers that do not decode.")
    parser.add_argument("url", help="address of the sender")
    parser.add_argument("--count", type=int, required=True, help="how many")
    parser.add_argument("--codec", required=True, help="what they claim to decode")
    parser.add_argument("--model-id", default="", help="and with which model")
    arguments = parser.parse_args(argv)
    return run_command(lambda: _run(arguments))


def _run(arguments: Namespace) -> None:
    raise_descriptor_limit()
    offer = CodecOffer(name=arguments.codec, model_id=arguments.model_id)
    crowd = Crowd(arguments.url, offer, arguments.count)
    told = False

    def tell_linked() -> None:
        nonlocal told
        if not told and crowd.linked:
            told = True
            print(json.dumps({"event": "linked"}), flush=True)

    with StopSignal() as stop:
        crowd.run(lambda: stop.requested, tell_linked)
    arrivals = [[asdict(arrival) for arrival in receiver.arrivals] for receiver in crowd.receivers]
    print(json.dumps({"event": "arrivals", "receivers": arrivals}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
