"""Several streams in one receiver: a pipeline each, and a grid that shows them all."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from narrowcast.protocol import ReceiverStatistics
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.pipeline import ReceiverPipeline
from narrowcast.receiver.recording.file import free_name
from narrowcast.receiver.recording_names import is_pattern
from narrowcast.receiver.screen import open_site
from narrowcast.runtime.pipeline_group import PipelineFailure, PipelineGroup, Run
from narrowcast.runtime.reporting import Notice, Reporter, failure, reason_of
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal

if TYPE_CHECKING:
    from narrowcast.receiver.web.view import WebView


class StreamGroup:
    """Runs a pipeline for each stream. One that fails leaves the others alone, and its tile says why."""

    def __init__(
        self,
        configs: Sequence[ReceiverConfig],
        reporters: Mapping[str, Reporter[ReceiverStatistics]],
        stop: StopSignal,
        tell: Callable[[Notice], None],
    ) -> None:
        """Make ready to run.

        Args:
            configs: one for each stream.
            reporters: of each, by the label of its configuration.
            stop: ends all.
            tell: takes a line that concerns all.
        """
        self._configs = configs
        self._reporters = reporters
        self._tell = tell
        self._pages: dict[str, WebView] = {}
        self._group = PipelineGroup(stop, self._stream_failed)

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
        runs = itertools.count(1)

        def run(stop: StopSignal, on_begun: Callable[[], None]) -> None:
            manager = ServiceManager(speaks=False)
            reporter = self._reporters[config.label]
            again = restarted(config, next(runs))
            ReceiverPipeline(again, reporter, stop, on_ready=on_begun, page=page, manager=manager).run()

        return run

    def _stream_failed(self, failed: PipelineFailure) -> None:
        outcome = f"the others go on, and it is started again in {failed.restart_s:g} s"
        note = StaleNote(headline="this stream has failed", detail=reason_of(failed.error))
        self._pages[failed.name].stale(note)
        self._reporters[failed.name].notice(failure("this stream has failed", failed.error, outcome))


def restarted(config: ReceiverConfig, run: int) -> ReceiverConfig:
    """The configuration of a stream's second run, or a later one: its recording gets a name of its own."""
    if run == 1 or config.record is None:
        return config
    if is_pattern(config.record):
        return config  # each of its files has a name of its own
    return replace(config, record=free_name(config.record.with_stem(f"{config.record.stem}-again{run}")))
