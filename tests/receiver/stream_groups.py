"""Groups of receivers that run in threads of a test, and senders for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.stream_group import StreamGroup
from narrowcast.receiver.stream_list import configs_for
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.web.address import WebAddress
from tests.pipelines import RunningPipeline, run_sender, small_sender, wait_until
from tests.reporters import RememberingReporter, keep_text


class RunningGroup:
    """A group in a thread of a test."""

    def __init__(self, config: ReceiverConfig, urls: list[str]) -> None:
        configs = configs_for(config, urls)
        self.reporters = {each.label: RememberingReporter() for each in configs}
        self.lines: list[str] = []
        self.error: Exception | None = None
        self.stop = StopSignal()
        group = StreamGroup(configs, self.reporters, self.stop, keep_text(self.lines))
        self._thread = threading.Thread(target=self._run, args=(group,), daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return not self._thread.is_alive()

    def page_url(self) -> str:
        """Where the grid is."""
        wait_until(lambda: bool(self.lines))
        return self.lines[0].removeprefix("the page is at ")

    def reporter(self, url: str) -> RememberingReporter:
        """Of the stream at an address."""
        return self.reporters[url.partition("://")[2].partition("?")[0]]

    def _run(self, group: StreamGroup) -> None:
        try:
            group.run()
        except Exception as error:
            self.error = error


@contextmanager
def running(urls: list[str], **settings: object) -> Iterator[RunningGroup]:
    """A group on the streams at these addresses; leaving the context stops it."""
    web = WebAddress(host="127.0.0.1", port=0)
    config = replace(ReceiverConfig(url=urls[0], web=web, threads=1), **settings)  # type: ignore[arg-type]
    group = RunningGroup(config, urls)
    try:
        yield group
    finally:
        group.stop.request()
        wait_until(lambda: group.ended)


@contextmanager
def two_cameras() -> Iterator[list[RunningPipeline]]:
    """Senders called front and yard."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(run_sender(replace(small_sender(), name=name))) for name in ("front", "yard")
        ]
