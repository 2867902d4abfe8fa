"""The supervised threads that background jobs run in: no failure is lost, and closing always ends."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

CLOSE_TIMEOUT_S = 2.0
"How long `close` waits for a job, unless it is told otherwise: what a person waits without wondering."


EXIT_TIMEOUT_S = 30.0
"How long the program's end waits for native code: loading a network takes that on a slow machine."


class Worker:
    """Runs one job in a thread of its own.

    What the job raises is raised in the owner's thread, by `check` and by `close`. Closing asks the job to
    end and waits for a stated time: a job that hangs (in a driver, on a network drive) is left behind.
    """

    def __init__(self, name: str, job: Callable[[], None], *, awaited_at_exit: bool = False) -> None:
        """Prepare the thread; the job runs from `start` on.

        Args:
            name: of the thread.
            job: the work; where it goes on for ever, it asks `closing` or `wait_closing` when to end.
            awaited_at_exit: whether the program's end waits for it, left behind or not. For jobs in native
                code (the networks): Python ends under such a thread with an abort.
        """
        self._job = job
        if awaited_at_exit:
            _awaited_at_exit.add(self)
        self._change = threading.Condition()
        self._closing = self._ended = False
        self._error: BaseException | None = None
        self._error_raised = False
        # A daemon, so that a thread stuck in a driver cannot keep a program alive that has been told to end.
        self._thread = threading.Thread(name=name, target=self._run, daemon=True)

    def start(self) -> None:
        """Start the job."""
        self._thread.start()

    def ask_to_close(self) -> None:
        """Ask the job to end, and do not wait for that."""
        with self._change:
            self._closing = True
            self._change.notify_all()

    @property
    def alive(self) -> bool:
        """Whether the job runs."""
        return self._thread.is_alive()

    @property
    def closing(self) -> bool:
        """Whether the job has been asked to end."""
        return self._closing

    def wait_closing(self, timeout_s: float) -> bool:
        """Wait, for the job: True as soon as it has been asked to end, False after the time."""
        with self._change:
            return self._change.wait_for(lambda: self._closing, timeout_s)

    def check(self) -> None:
        """Raise what the job raised, if it has."""
        if self._error is not None:
            self._error_raised = True
            raise self._error

    def join(self, timeout_s: float) -> bool:
        """Wait until the job ends by itself; False where it has not after this time."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Ask the job to end and wait for that; False where it still runs after this time and is left behind.

        Raises what the job raised, unless `check` has done so before. Harmless a second time.
        """
        self.ask_to_close()
        ended = self.join(timeout_s)
        if not self._error_raised:
            self.check()
        return ended

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._job()
        except BaseException as raised:  # handed to the owner by check
            error = raised
        with self._change:
            self._error, self._ended = error, True
            self._change.notify_all()


_awaited_at_exit: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _await_native_code() -> None:
    """Wait for the jobs that Python must not end under."""
    workers = [worker for worker in _awaited_at_exit if worker.alive]
    for worker in workers:
        worker.ask_to_close()
    deadline_s = time.monotonic() + EXIT_TIMEOUT_S
    for worker in workers:
        worker.join(max(0.0, deadline_s - time.monotonic()))


class QueueWorker(Worker, Generic[Item]):
    """A worker with a bounded queue between it and its owner; either of the two puts, the other gets.

    Where the owner puts, the job gets until it is given None: closing lets it finish what waits, as far as
    the time for closing allows. Where the job puts, it ends when `put` says False.
    """

    # queue.Queue can end the waits of both sides from Python 3.13 on (shutdown), and knows nothing of errors.

    def __init__(
        self, name: str, job: Callable[[], None], *, capacity: int, awaited_at_exit: bool = False
    ) -> None:
        """Prepare; `capacity` is the most items that wait."""
        super().__init__(name, job, awaited_at_exit=awaited_at_exit)
        self._items: deque[Item] = deque()
        self._capacity = capacity
        self.dropped = 0
        "items that nobody had taken when closing ran out of time"

    @property
    def waiting(self) -> int:
        """Items in the queue."""
        return len(self._items)

    def put(self, item: Item, timeout_s: float | None = None) -> bool:
        """Add an item; False where there was no room in this time (None: however long it takes) or all ends.

        Raises what the job raised.
        """
        with self._change:
            self._change.wait_for(lambda: self._over or len(self._items) < self._capacity, timeout_s)
            self.check()
            if self._over or len(self._items) >= self._capacity:
                return False
            self._items.append(item)
            self._change.notify_all()
            return True

    def get(self, timeout_s: float | None = None) -> Item | None:
        """Take the oldest item; None where none came in this time (None: however long it takes) or all ends.

        Raises what the job raised, after the items that it had put before.
        """
        with self._change:
            self._change.wait_for(lambda: self._over or bool(self._items), timeout_s)
            if not self._items:
                self.check()
                return None
            item = self._items.popleft()
            self._change.notify_all()
            return item

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Close as every worker does; what waits after this time is dropped."""
        try:
            return super().close(timeout_s)
        finally:
            with self._change:
                self.dropped += len(self._items)
                self._items.clear()

    @property
    def _over(self) -> bool:
        return self._closing or self._ended
