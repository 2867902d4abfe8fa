"""The light receivers of `narrowcast bench fanout`: real sessions and sockets, but nothing is decoded.

All in one process, a thread each, so that 31 of them cost a machine of two cores little.
"""

from __future__ import annotations

import json
import random
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from narrowcast.protocol import (
    CodecOffer,
    Link,
    ReceiverSession,
    ReceiverSessionConfig,
    Transport,
    TransportConfig,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import OneLineParser, run_command
from narrowcast.worker import Worker

_STEP_MS = 50
"How long a thread waits for messages; they end the wait, so only the stop depends on it."
_POLL_S = 0.05
_END_TIMEOUT_S = 2.0


@dataclass(frozen=True, kw_only=True)
class LightArrival:
    """A frame that a light receiver took; times are on this machine's clock."""

    taken_us: int
    "when"
    age_us: int
    "how long after its capture"


class LightReceiver:
    """One receiver: takes every frame as soon as it comes, and notes how old it was."""

    def __init__(self, url: str, offer: CodecOffer) -> None:
        self.arrivals: list[LightArrival] = []
        self.stopping = False
        self._url = url
        self._session = ReceiverSession(
            ReceiverSessionConfig(codecs=(offer,), instance=random.getrandbits(63), name="light")
        )

    @property
    def linked(self) -> bool:
        """Whether the sender has welcomed it."""
        return self._session.linked

    def run(self) -> None:
        """Receive until told to stop."""
        with Transport(TransportConfig(url=self._url, bind=False)) as transport:
            link = Link(self._session, transport, now_us)
            while not self.stopping:
                link.step(_STEP_MS)
                self._take_frames()
                link.flush()
            self._session.close("the benchmark is over")
            link.flush()

    def _take_frames(self) -> None:
        now = now_us()
        while (frame := self._session.take_frame(now)) is not None:
            capture_us = self._session.clock.local_us(frame.capture_sender_us, now)
            if capture_us is not None:
                self.arrivals.append(LightArrival(taken_us=now, age_us=now - capture_us))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the crowd until SIGTERM; returns the exit status."""
    parser = OneLineParser(
        prog="narrowcast.benchmark.fanout.crowd", description="Receivers that do not decode."
    )
    parser.add_argument("url", help="address of the sender")
    parser.add_argument("--count", type=int, required=True, help="how many")
    parser.add_argument("--codec", required=True, help="what they claim to decode")
    parser.add_argument("--model-id", default="", help="and with which model")
    arguments = parser.parse_args(argv)
    return run_command(lambda: _run(arguments))


def _run(arguments: Namespace) -> None:
    offer = CodecOffer(name=arguments.codec, model_id=arguments.model_id)
    receivers = [LightReceiver(arguments.url, offer) for _ in range(arguments.count)]
    workers = [Worker("light receiver", receiver.run) for receiver in receivers]
    reported = False
    with StopSignal() as stop:
        for worker in workers:
            worker.start()
        while not stop.requested:
            for worker in workers:
                worker.check()
            if not reported and all(receiver.linked for receiver in receivers):
                reported = True
                print(json.dumps({"event": "linked"}), flush=True)
            time.sleep(_POLL_S)
    for receiver in receivers:
        receiver.stopping = True
    for worker in workers:
        worker.close(_END_TIMEOUT_S)
    arrivals = [[asdict(arrival) for arrival in receiver.arrivals] for receiver in receivers]
    print(json.dumps({"event": "arrivals", "receivers": arrivals}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
