"""Several streams in one receiver: a pipeline each, and a grid that shows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from protocol import ReceiverStatistics
from receiver.config import ReceiverConfig
from receiver.link_state import StaleNote
from receiver.pipeline import ReceiverPipeline
from receiver.screen import open_site
from runtime.pipeline_group import PipelineGroup, Run
from runtime.service_manager import ServiceManager
from runtime.signals import StopSignal
from runtime.terminal import Reporter

if TYPE_CHECKING:
    from receiver.web.view import WebView


class StreamGroup:
    """Runs them all. One that fails leaves the others alone, and its tile says why."""

    def __init__(
        self,
        configs: Sequence[ReceiverConfig],
        reporters: Mapping[str, Reporter[ReceiverStatistics]],
        stop: StopSignal,
        expected_errors: Callable[[], tuple[type[Exception], ...]],
        tell: Callable[[str], None],
    ) -> None:
        """Make ready to run.

        Args:
            configs: one for each stream.
            reporters: of each, by the label of its configuration.
            stop: ends all.
            expected_errors: what may go wrong without a fault in the program.
            tell: takes a line that concerns all.
        """
        self._configs = configs
        self._reporters = reporters
        self._tell = tell
        self._pages: dict[str, WebView] = {}
        self._group = PipelineGroup(stop, expected_errors, self._stream_failed)

    def run(self) -> None:
        """Receive until all streams have ended or a stop is asked for."""
        site = open_site(self._configs, self._tell)
        assert site is not None, "several streams have no other place to be shown"
        try:
            for config, page in zip(self._configs, site.views, strict=True):
                self._pages[config.label] = page
                self._group.add(config.label, self._runner(config, page))
            self._group.run(f"receiving {len(self._configs)} streams at {site.url}")
        finally:
            site.close()

    def _runner(self, config: ReceiverConfig, page: WebView) -> Run:
        def run(stop: StopSignal, on_begun: Callable[[], None]) -> None:
            manager = ServiceManager(speaks=False)
            reporter = self._reporters[config.label]
            ReceiverPipeline(config, reporter, stop, on_ready=on_begun, page=page, manager=manager).run()

        return run

    def _stream_failed(self, label: str, reason: str) -> None:
        self._pages[label].stale(StaleNote(headline="this stream has failed", detail=reason))
        self._reporters[label].notice(f"this stream has failed: {reason} (the others go on)")
