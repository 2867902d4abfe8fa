"""A sender and a receiver as two processes on this machine, from the first's start to the last's end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmark.program import Program
from runtime.signals import StopSignal

_ADDRESS_TIMEOUT_S = 60.0
"The sender opens its socket before it loads the codec, but a cold disk takes its time over the imports."
_START_TIMEOUT_S = 120.0
"Loading the networks, the first time with their conversion for this CPU."
_END_TIMEOUT_S = 3.0
"Between the goodbye of one and the end of the other."
_POLL_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both programs, ended; what each said stands in its lines."""

    sender: Program
    "the first to start"
    receiver: Program | None
    "None where the sender never came to listen"


def run_pair(
    start_sender: Callable[[], Program],
    start_receiver: Callable[[str], Program],
    *,
    seconds: float,
    stop: StopSignal,
) -> Pair:
    """Run both until one ends, a stop is asked for or they hang; `start_receiver` gets the sender's URL."""
    sender = start_sender()
    receiver = None
    try:
        url = sender.address(_ADDRESS_TIMEOUT_S)
        if url and not stop.requested:
            receiver = start_receiver(url)
            left_s = _START_TIMEOUT_S + seconds
            while sender.running and receiver.running and not stop.requested and left_s > 0:
                sender.wait(_POLL_S)
                left_s -= _POLL_S
            # The sender's goodbye ends both, in no order; a closed window ends the receiver alone.
            if not stop.requested:
                sender.wait(_END_TIMEOUT_S)
                receiver.wait(_END_TIMEOUT_S)
    finally:
        sender.stop()
        if receiver is not None:
            receiver.stop()
    return Pair(sender=sender, receiver=receiver)
