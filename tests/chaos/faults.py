"""Faults, each a function that causes one, waits, ends it, and returns when that was."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from narrowcast.runtime.clock import now_us
from tests.chaos.log import Fault
from tests.chaos.testbed import Testbed


def cut_link(testbed: Testbed, seconds: float) -> int:
    """Lose every packet, while all connections stay open."""
    testbed.pair.cut()
    testbed.watch(seconds)
    testbed.shape(testbed.kbps)
    return now_us()


def freeze_proxy(testbed: Testbed, seconds: float) -> int:
    """Pass no bytes through the proxy, while every socket stays open."""
    testbed.tell_proxy("freeze")
    testbed.watch(seconds)
    testbed.tell_proxy("thaw")
    return now_us()


def break_connections(testbed: Testbed, seconds: float) -> int:
    """Reset all connections, and refuse new ones for a while."""
    testbed.tell_proxy("cut")
    testbed.watch(seconds)
    testbed.tell_proxy("mend")
    return now_us()


def kill_sender(testbed: Testbed, seconds: float) -> int:
    """Kill the sender without warning, and start another."""
    testbed.sender.kill()
    testbed.start_sender()
    return testbed.sender.wait_ready()


def kill_receiver(testbed: Testbed, seconds: float) -> int:
    """Kill the receiver without warning, and start another."""
    testbed.receiver.kill()
    testbed.start_receiver()
    return testbed.receiver.wait_ready()


FAULTS: dict[str, Callable[[Testbed, float], int]] = {
    "cut": cut_link,
    "freeze": freeze_proxy,
    "break": break_connections,
    "kill sender": kill_sender,
    "kill receiver": kill_receiver,
}
SECONDS = (1.0, 2.0, 4.0)
"How long a fault without a restart lasts; one in seven lasts ten seconds."


def commit(testbed: Testbed, kind: str, draw: Random) -> Fault:
    """Cause one fault, and log it."""
    seconds = 10.0 if draw.random() < 0.15 else draw.choice(SECONDS)
    start_us = now_us()
    gone_us = FAULTS[kind](testbed, seconds)
    return Fault(kind=kind, kbps=testbed.kbps, start_us=start_us, gone_us=gone_us)
