"""Several cameras in one sender: a pipeline for each, and one command line that receives them all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from narrowcast.codec.names import DEFAULT_THREADS
from narrowcast.errors import SourceError
from narrowcast.protocol import SenderStatistics
from narrowcast.runtime.addresses import any_interface_url, is_loopback
from narrowcast.runtime.pipeline_group import PipelineFailure, PipelineGroup
from narrowcast.runtime.reporting import Level, Notice, Reporter, failure
from narrowcast.runtime.security import command_line
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.pipeline import SenderPipeline, open_configured
from narrowcast.sender.running_sender import RunningSender
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.spec import SourceSpec

_RETRY_S = 5.0
"Between two tries to open a camera that was not there at the start."
_LOOK_S = 0.1
"A stop is seen this late meanwhile."

_WEB_HINT = "--web 127.0.0.1:8080"
"Several streams are shown on a page."


class _Camera:
    """One camera, in a thread of the group."""

    def __init__(
        self,
        config: SenderConfig,
        reporter: Reporter[SenderStatistics],
        opener: Callable[[SourceSpec, SenderConfig], Source],
    ) -> None:
        self.config = config
        self.reporter = reporter
        self._opener = opener
        self.begun: RunningSender | None = None
        "the sender, once it waits for receivers; None before"

    def run(self, stop: StopSignal, on_begun: Callable[[], None]) -> None:
        """Send; wait for a camera that is not there, while the others go on."""

        def ready(sender: RunningSender) -> None:
            self.begun = sender
            on_begun()

        manager = ServiceManager(speaks=False)
        pipeline = SenderPipeline(
            self.config, self.reporter, stop, self._opener, on_ready=ready, manager=manager
        )
        absent = False
        while not stop.requested:
            try:
                pipeline.run()
                return
            except SourceError as error:
                if self.begun is not None or not pipeline.spec.comes_back:
                    raise
                if not absent:
                    outcome = f"trying again every {_RETRY_S:g} s"
                    self.reporter.notice(failure("this camera cannot be opened", error, outcome))
                absent = True
                on_begun()
            _wait(_RETRY_S, stop)


def share_processors(configs: Sequence[SenderConfig], processors: int) -> list[SenderConfig]:
    """Give each camera its share of the processors, where its configuration does not say how many threads.

    An encoder for one processor has 16 threads and one for two has 47, which is no faster beside others.
    """
    share = max(1, processors // len(configs)) if configs else 1
    return [replace(config, threads=config.threads or min(DEFAULT_THREADS, share)) for config in configs]


class CameraGroup:
    """Runs a pipeline for each camera. One that fails leaves the others alone."""

    def __init__(
        self,
        configs: Sequence[SenderConfig],
        reporters: Mapping[str, Reporter[SenderStatistics]],
        stop: StopSignal,
        tell: Callable[[Notice], None],
        on_begun: Callable[[RunningSender], None] = lambda sender: None,
        opener: Callable[[SourceSpec, SenderConfig], Source] = open_configured,
    ) -> None:
        """Make ready to run.

        Args:
            configs: one for each camera, with names.
            reporters: of each, by its name.
            stop: ends all.
            tell: takes a line that concerns all.
            on_begun: is told of each camera that has begun, in the thread of `run`.
            opener: gives the sources.
        """
        shared = share_processors(configs, os.cpu_count() or 1)
        self._cameras = {config.name: _Camera(config, reporters[config.name], opener) for config in shared}
        self._tell = tell
        self._on_begun = on_begun
        self._told: dict[str, str] = {}
        self._group = PipelineGroup(stop, self._camera_failed)
        for name, camera in self._cameras.items():
            self._group.add(name, camera.run)

    def run(self) -> None:
        """Send until all cameras have ended or a stop is asked for."""
        self._group.run(f"sending {', '.join(self._cameras)}", self._look)

    def _look(self) -> None:
        """Tell how to receive all that have begun, whenever there are more of them, or at another address."""
        begun = {name: camera.begun for name, camera in self._cameras.items() if camera.begun is not None}
        addresses = {name: sender.invitation for name, sender in begun.items()}
        if addresses == self._told:
            return
        for name in begun:
            if addresses[name] != self._told.get(name):
                self._on_begun(begun[name])
        self._told = addresses
        if len(begun) > 1:
            text = f"to receive {', '.join(begun)} on one page, run{self._command(begun)} {_WEB_HINT}"
            self._tell(Notice(text, level=Level.WARNING))

    def _command(self, begun: Mapping[str, RunningSender]) -> str:
        configs = [self._cameras[name].config for name in begun]
        first = configs[0]
        if first.bind:
            urls = [sender.invitation for sender in begun.values()]
            insecure = first.insecure and not is_loopback(first.url)
            return ": " + command_line("receive", *urls, insecure=insecure)
        urls = [any_interface_url(config.url.partition("?")[0]) for config in configs]
        return " there: " + command_line("receive --listen", *urls, secure=first.secure)

    def _camera_failed(self, failed: PipelineFailure) -> None:
        outcome = f"the others go on, and it is started again in {failed.restart_s:g} s"
        self._cameras[failed.name].reporter.notice(failure("this camera has failed", failed.error, outcome))


def _wait(seconds: float, stop: StopSignal) -> None:
    deadline_s = time.monotonic() + seconds
    while not stop.requested and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)
