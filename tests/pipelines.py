"""Sender and receiver pipelines that run in threads of a test, over real sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.pipeline import ReceiverPipeline
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.pipeline import SenderPipeline
from tests.reporters import RememberingReporter

_DEADLINE_S = 30.0
"Only a test that fails waits this long."


class Pipeline(Protocol):
    """What both pipelines are."""

    def run(self) -> None:
        """Run to the end."""
        ...


class RunningPipeline:
    """A pipeline in a thread; leaving the context stops it."""

    def __init__(self, pipeline: Pipeline, reporter: RememberingReporter, stop: StopSignal) -> None:
        self.reporter = reporter
        self.error: Exception | None = None
        self._pipeline = pipeline
        self._stop = stop
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return not self._thread.is_alive()

    def address(self) -> str:
        """Where it listens."""
        wait_until(lambda: bool(self.reporter.urls) or self.ended)
        return self.reporter.urls[0]

    def join(self) -> None:
        """Wait until it ends by itself."""
        wait_until(lambda: self.ended)

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self._stop.request()
        self.join()

    def __enter__(self) -> RunningPipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._pipeline.run()
        except Exception as error:
            self.error = error


def run_sender(config: SenderConfig) -> RunningPipeline:
    """Start a sender."""
    reporter, stop = RememberingReporter(), StopSignal()
    return RunningPipeline(SenderPipeline(config, reporter, stop), reporter, stop)


def run_receiver(config: ReceiverConfig) -> RunningPipeline:
    """Start a receiver."""
    reporter, stop = RememberingReporter(), StopSignal()
    return RunningPipeline(ReceiverPipeline(config, reporter, stop), reporter, stop)


def small_sender(
    *,
    source: str = "test:",
    url: str = "tcp://127.0.0.1:0",
    bind: bool = True,
    codec: str = "jpeg",
    width: int = 64,
    max_frames: int | None = None,
    fps: float = 60.0,
) -> SenderConfig:
    """A sender of small pictures that start at once."""
    return SenderConfig(
        source=source,
        url=url,
        bind=bind,
        codec=codec,
        size=(width, 64),
        fps=fps,
        max_frames=max_frames,
        threads=1,
    )


def wait_until(condition: Callable[[], bool], step: Callable[[], object] = lambda: time.sleep(0.005)) -> None:
    """Do steps (or nothing) until something is so; fails the test if it never is."""
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        step()
