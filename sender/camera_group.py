"""Several cameras in one sender: a pipeline each, told of in one line that receives them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from narrowcast.errors import SourceError
from protocol import SenderStatistics
from runtime.addresses import any_interface_url, is_loopback
from runtime.pipeline_group import PipelineGroup
from runtime.security import command_line
from runtime.service_manager import ServiceManager
from runtime.signals import StopSignal
from runtime.terminal import Reporter
from sender.config import SenderConfig
from sender.pipeline import SenderPipeline, is_live, open_configured
from sender.sources.camera import Source

_RETRY_S = 5.0
"Between two tries to open a camera that was not there at the start."
_LOOK_S = 0.1
"A stop is seen this late meanwhile."

_WEB_HINT = "--web 127.0.0.1:8080"
"Several streams are shown on a page."


class _Camera:
    """One of them, in a thread of the group."""

    def __init__(
        self,
        config: SenderConfig,
        reporter: Reporter[SenderStatistics],
        opener: Callable[[SenderConfig], Source],
    ) -> None:
        self.config = config
        self.reporter = reporter
        self._opener = opener
        self.begun: SenderPipeline | None = None
        "once it sends, or waits for receivers"

    def run(self, stop: StopSignal, on_begun: Callable[[], None]) -> None:
        """Send; wait for a camera that is not there, while the others go on."""
        absent = False
        while not stop.requested:
            try:
                self._send(stop, on_begun)
                return
            except SourceError as error:
                if self.begun is not None or not is_live(self.config.source):
                    raise
                if not absent:
                    self.reporter.notice(f"{error} (trying again every {_RETRY_S:g} s)")
                absent = True
                on_begun()
            _wait(_RETRY_S, stop)

    def _send(self, stop: StopSignal, on_begun: Callable[[], None]) -> None:
        def ready() -> None:
            self.begun = pipeline
            on_begun()

        manager = ServiceManager(speaks=False)
        pipeline = SenderPipeline(
            self.config, self.reporter, stop, self._opener, on_ready=ready, manager=manager
        )
        pipeline.run()


class CameraGroup:
    """Runs them all. One that fails leaves the others alone."""

    def __init__(
        self,
        configs: Sequence[SenderConfig],
        reporters: Mapping[str, Reporter[SenderStatistics]],
        stop: StopSignal,
        expected_errors: Callable[[], tuple[type[Exception], ...]],
        tell: Callable[[str], None],
        on_begun: Callable[[SenderPipeline], None] = lambda pipeline: None,
        opener: Callable[[SenderConfig], Source] = open_configured,
    ) -> None:
        """Make ready to run.

        Args:
            configs: one for each camera, with names.
            reporters: of each, by its name.
            stop: ends all.
            expected_errors: what may go wrong without a fault in the program.
            tell: takes a line that concerns all.
            on_begun: is told of each camera that has begun, in the thread of `run`.
            opener: gives the sources.
        """
        self._cameras = {config.name: _Camera(config, reporters[config.name], opener) for config in configs}
        self._tell = tell
        self._on_begun = on_begun
        self._told: list[str] = []
        self._group = PipelineGroup(stop, expected_errors, self._camera_failed)
        for name, camera in self._cameras.items():
            self._group.add(name, camera.run)

    def run(self) -> None:
        """Send until all cameras have ended or a stop is asked for."""
        self._group.run(f"sending {', '.join(self._cameras)}", self._look)

    def _look(self) -> None:
        """Tell how to receive all that have begun, whenever there are more of them."""
        begun = {name: camera.begun for name, camera in self._cameras.items() if camera.begun is not None}
        if list(begun) == self._told:
            return
        for name in begun.keys() - set(self._told):
            self._on_begun(begun[name])
        self._told = list(begun)
        if len(begun) > 1:
            self._tell(f"to receive {', '.join(begun)} on one page, run{self._command(begun)} {_WEB_HINT}")

    def _command(self, begun: Mapping[str, SenderPipeline]) -> str:
        configs = [self._cameras[name].config for name in begun]
        first = configs[0]
        if first.bind:
            urls = [pipeline.invitation for pipeline in begun.values()]
            insecure = first.insecure and not is_loopback(first.url)
            return ": " + command_line("narrowcast receive", *urls, insecure=insecure)
        urls = [any_interface_url(config.url.partition("?")[0]) for config in configs]
        return " there: " + command_line("narrowcast receive --listen", *urls, secure=first.secure)

    def _camera_failed(self, name: str, reason: str) -> None:
        self._cameras[name].reporter.notice(f"this camera has failed: {reason} (the others go on)")


def _wait(seconds: float, stop: StopSignal) -> None:
    deadline_s = time.monotonic() + seconds
    while not stop.requested and time.monotonic() < deadline_s:
        time.sleep(_LOOK_S)
