"""What can go wrong, each as a function that does it, waits, and says when its cause was gone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from runtime.clock import now_us
from tests.chaos.log import Fault
from tests.chaos.stage import Stage


def cut_link(stage: Stage, seconds: float) -> int:
    """Packets are lost, all of them; no connection learns of it."""
    stage.pair.cut()
    stage.watch(seconds)
    stage.shape(stage.kbps)
    return now_us()


def freeze_proxy(stage: Stage, seconds: float) -> int:
    """Every socket stays open and nothing passes."""
    stage.tell_proxy("freeze")
    stage.watch(seconds)
    stage.tell_proxy("thaw")
    return now_us()


def break_connections(stage: Stage, seconds: float) -> int:
    """Connections are reset, and new ones refused for a while."""
    stage.tell_proxy("cut")
    stage.watch(seconds)
    stage.tell_proxy("mend")
    return now_us()


def kill_sender(stage: Stage, seconds: float) -> int:
    """kill -9, and another one is started."""
    stage.sender.kill()
    stage.start_sender()
    return stage.sender.wait_ready()


def kill_receiver(stage: Stage, seconds: float) -> int:
    """kill -9, and another one is started."""
    stage.receiver.kill()
    stage.start_receiver()
    return stage.receiver.wait_ready()


FAULTS: dict[str, Callable[[Stage, float], int]] = {
    "cut": cut_link,
    "freeze": freeze_proxy,
    "break": break_connections,
    "kill sender": kill_sender,
    "kill receiver": kill_receiver,
}
SECONDS = (1.0, 2.0, 4.0)
"A fault without a restart lasts one of these, or ten times the first now and then."


def commit(stage: Stage, kind: str, draw: Random) -> Fault:
    """Do it."""
    seconds = 10.0 if draw.random() < 0.15 else draw.choice(SECONDS)
    start_us = now_us()
    gone_us = FAULTS[kind](stage, seconds)
    return Fault(kind=kind, kbps=stage.kbps, start_us=start_us, gone_us=gone_us)
