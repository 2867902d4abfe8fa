"""Supervised threads: failures reach the owner, and closing ends whatever the job does."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from narrowcast.worker import QueueWorker, Worker

LONG_S = 30.0
"Only a test that fails waits this long."

SHORT_S = 0.05
"For a wait that is to run out."


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """What a job waits for that hangs; let go when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def fail() -> None:
    raise ValueError("broken")


def test_what_the_job_raised_is_raised_by_check() -> None:
    worker = Worker("test", fail)
    worker.check()
    worker.start()
    assert worker.join(LONG_S)
    with pytest.raises(ValueError, match="broken"):
        worker.check()


def test_close_raises_what_nobody_has_seen_and_once_only() -> None:
    worker = Worker("test", fail)
    worker.start()
    with pytest.raises(ValueError, match="broken"):
        worker.close(LONG_S)
    assert worker.close(LONG_S)


def test_it_lives_until_its_job_returns(held: threading.Event) -> None:
    worker = Worker("test", lambda: None if held.wait(LONG_S) else None)
    assert worker.join(SHORT_S), "one that was not started has ended"
    worker.start()
    assert worker.alive
    assert not worker.join(SHORT_S)
    held.set()
    assert worker.join(LONG_S)
    assert not worker.alive
    worker.check()


def test_a_job_that_waits_is_woken_to_end() -> None:
    laps: list[bool] = []
    worker = Worker("test", lambda: laps.append(worker.wait_closing(LONG_S)))
    worker.start()
    assert not worker.closing
    assert worker.close(LONG_S)
    assert worker.closing
    assert laps == [True]


def test_a_job_that_hangs_is_left_behind(held: threading.Event) -> None:
    worker = Worker("test", lambda: None if held.wait(LONG_S) else None)
    worker.start()
    assert not worker.close(SHORT_S)
    assert worker.alive


def test_close_twice_and_without_start() -> None:
    started, unstarted = Worker("test", lambda: None), Worker("test", fail)
    started.start()
    for worker in (started, unstarted):
        assert worker.close(LONG_S) and worker.close(LONG_S)


def consumer(taken: list[int], capacity: int, held: threading.Event | None = None) -> QueueWorker[int]:
    """A worker that takes numbers, each only when `held` lets it."""

    def run() -> None:
        while (number := worker.get()) is not None:
            if held is not None:
                held.wait(LONG_S)
            if number < 0:
                raise ValueError("broken")
            taken.append(number)

    worker = QueueWorker[int]("test", run, capacity=capacity)
    return worker


def test_closing_lets_the_job_finish_what_waits() -> None:
    taken: list[int] = []
    worker = consumer(taken, capacity=5)
    for number in range(5):
        assert worker.put(number, timeout_s=0)
    worker.start()
    assert worker.close(LONG_S) and worker.close(LONG_S)
    assert taken == [0, 1, 2, 3, 4]
    assert worker.dropped == 0
    assert not worker.put(5), "a closed one takes nothing more"


def test_closing_with_a_full_queue_ends_though_the_job_hangs(held: threading.Event) -> None:
    taken: list[int] = []
    worker = consumer(taken, capacity=2, held=held)
    worker.start()
    while worker.put(1, timeout_s=SHORT_S):
        continue  # until it is full
    assert not worker.close(SHORT_S)
    assert worker.dropped == 2
    held.set()
    assert worker.join(LONG_S)
    assert taken == [1], "what was dropped is not worked on later"


def test_a_put_that_waits_for_room_gets_it() -> None:
    taken: list[int] = []
    worker = consumer(taken, capacity=1)
    worker.start()
    assert all(worker.put(number) for number in range(20))
    assert worker.close(LONG_S)
    assert taken == list(range(20))


def test_an_error_in_the_job_reaches_whoever_waits_for_room(held: threading.Event) -> None:
    worker = consumer([], capacity=1, held=held)
    worker.start()
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012
        for number in itertools.count(-1):
            if not worker.put(number, timeout_s=SHORT_S):
                held.set()
    assert worker.close(LONG_S)


def producer(numbers: Iterator[int], capacity: int = 2) -> QueueWorker[int]:
    """A worker that gives numbers."""

    def run() -> None:
        for number in numbers:
            if not worker.put(number):
                return

    worker = QueueWorker[int]("test", run, capacity=capacity)
    worker.start()
    return worker


def test_items_come_in_order_and_then_none() -> None:
    worker = producer(iter(range(5)))
    assert [worker.get(LONG_S) for _ in range(6)] == [0, 1, 2, 3, 4, None]


def test_an_error_comes_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    worker = producer(broken(), capacity=1)
    assert [worker.get(LONG_S), worker.get(LONG_S)] == [1, 2]
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            worker.get(LONG_S)
    assert worker.close(LONG_S)


def test_closing_ends_a_job_that_waits_for_room() -> None:
    worker = producer(itertools.count())
    assert worker.get(LONG_S) == 0
    assert worker.close(LONG_S)
    assert worker.get(LONG_S) is None


def test_a_get_without_an_item_runs_out(held: threading.Event) -> None:
    worker = QueueWorker[int]("test", lambda: None if held.wait(LONG_S) else None, capacity=1)
    worker.start()
    assert worker.get(SHORT_S) is None


def test_the_end_of_a_program_waits_for_native_code() -> None:
    code = (
        "import time\n"
        "from narrowcast.worker import Worker\n"
        "job = lambda: (time.sleep(0.5), print('done', flush=True))\n"
        "worker = Worker('native', job, awaited_at_exit=True)\n"
        "left = Worker('left behind', lambda: time.sleep(60))\n"
        "worker.start(), left.start()\n"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG_S)
    assert (output.returncode, output.stdout, output.stderr) == (0, "done\n", "")
