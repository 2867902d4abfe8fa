"""A way out that fails or hangs is counted and told once a minute, and nobody waits for it."""

from __future__ import annotations

import threading

from narrowcast.receiver.events import delivery as delivery_module
from narrowcast.receiver.events.delivery import MAX_WAITING, Delivery
from narrowcast.receiver.events.sinks import EventError, EventLine
from tests.pipelines import wait_until
from tests.receiver.events.lines import line


class Broken:
    name = "the command"
    closed = False

    def __init__(self) -> None:
        self.tries = 0

    def send(self, line: EventLine) -> None:
        self.tries += 1
        raise EventError("it ended with status 3")

    def close(self) -> None:
        self.closed = True


class Hanging:
    name = "the web address"

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.got: list[EventLine] = []

    def send(self, line: EventLine) -> None:
        self.go_on.wait()
        self.got.append(line)

    def close(self) -> None:
        """Nothing is open."""


def test_failures_are_counted_and_told_once() -> None:
    sink = Broken()
    delivery = Delivery(sink)
    for _ in range(5):
        delivery.put(line())
    wait_until(lambda: delivery.failures == 5)
    (notice,) = delivery.take_notices()
    assert notice.text == ("the command did not take an event: it ended with status 3; the stream goes on")
    assert delivery.take_notices() == []
    delivery.close()
    assert sink.closed and sink.tries == 5


def test_what_waits_for_one_that_hangs_is_bounded_and_comes_in_order() -> None:
    sink = Hanging()
    delivery = Delivery(sink)
    wait_until(lambda: delivery._worker.alive)
    for _ in range(MAX_WAITING + 10):
        delivery.put(line())
    assert delivery.failures >= 9
    sink.go_on.set()
    wait_until(lambda: len(sink.got) == MAX_WAITING + 10 - delivery.failures)
    delivery.close()


def test_the_end_does_not_wait_for_one_that_hangs() -> None:
    sink = Hanging()
    delivery = Delivery(sink)
    delivery.put(line())
    delivery_module.END_S, before = 0.05, delivery_module.END_S
    try:
        delivery.close()
    finally:
        delivery_module.END_S = before
    sink.go_on.set()
