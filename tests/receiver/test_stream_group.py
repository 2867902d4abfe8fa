"""Several streams in one receiver, from real senders."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from websockets.sync.client import ClientConnection, connect

from protocol import TransportError
from receiver.__main__ import expected_errors
from receiver.config import ReceiverConfig
from receiver.stream_group import StreamGroup
from receiver.stream_list import configs_for
from receiver.web.address import WebAddress
from runtime.signals import StopSignal
from tests.pipelines import RunningPipeline, run_sender, small_sender, wait_until
from tests.reporters import RememberingReporter


class RunningGroup:
    """A group in a thread of a test."""

    def __init__(self, config: ReceiverConfig, urls: list[str]) -> None:
        configs = configs_for(config, urls)
        self.reporters = {each.label: RememberingReporter() for each in configs}
        self.lines: list[str] = []
        self.error: Exception | None = None
        self.stop = StopSignal()
        group = StreamGroup(configs, self.reporters, self.stop, expected_errors, self.lines.append)
        self._thread = threading.Thread(target=self._run, args=(group,), daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def socket(self, number: int) -> ClientConnection:
        """What the browser opens for a tile."""
        wait_until(lambda: bool(self.lines))
        page = self.lines[0].removeprefix("the page is at ")
        return connect(f"{page.replace('http', 'ws', 1)}{number}/socket?tile=1")

    def reporter(self, url: str) -> RememberingReporter:
        return self.reporters[url.partition("://")[2].partition("?")[0]]

    def _run(self, group: StreamGroup) -> None:
        try:
            group.run()
        except Exception as error:
            self.error = error


@contextmanager
def running(urls: list[str], **settings: object) -> Iterator[RunningGroup]:
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
    with ExitStack() as stack:
        yield [
            stack.enter_context(run_sender(replace(small_sender(), name=name))) for name in ("front", "yard")
        ]


def told(browser: ClientConnection, kind: str, words: str = "") -> dict[str, object]:
    """The next text of a kind that has these words."""
    while True:
        data = browser.recv(20)
        if isinstance(data, str) and words in data and json.loads(data)["kind"] == kind:
            fields: dict[str, object] = json.loads(data)
            return fields


def test_each_stream_has_a_tile_with_its_name_and_pictures(tmp_path: Path) -> None:
    with two_cameras() as cameras:
        urls = [camera.address() for camera in cameras]
        with running(urls, record=tmp_path / "all.ncast") as group:
            for number, name in ((1, "front"), (2, "yard")):
                with group.socket(number) as browser:
                    assert told(browser, "stream")["name"] == name
                    while not isinstance(browser.recv(20), bytes):
                        continue
                    assert told(browser, "second")["kbps"]
            assert any("receiving yard, 64x64" in text for text in group.reporter(urls[1]).notices)
        assert group.error is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all-1.ncast", "all-2.ncast"]
    assert all(reporter.summaries[0]["shown"] > 0 for reporter in group.reporters.values())


def test_a_camera_that_goes_leaves_the_others_alone() -> None:
    with two_cameras() as cameras, running([camera.address() for camera in cameras]) as group:
        with group.socket(1) as front, group.socket(2) as yard:
            told(front, "second")
            cameras[1].stop()
            assert told(yard, "link", "link down")["live"] is False
            told(front, "second")
            assert isinstance(told(front, "alive") if group.ended else 1, int)


def test_a_stream_that_ends_for_good_says_so_on_its_tile() -> None:
    with two_cameras() as cameras:
        refusing = run_sender(replace(small_sender(codec="png"), max_receivers=1, name="gone"))
        with refusing, running([cameras[0].address(), refusing.address()], until_end=True) as group:
            with group.socket(2) as gone:
                told(gone, "second")
                refusing.stop()
                assert told(gone, "link", "has ended")["live"] is False
            assert not group.ended


def test_an_address_that_is_none_ends_all() -> None:
    with running(["tcp://127.0.0.1:9", "udp://nowhere"]) as group:
        wait_until(lambda: group.ended)
    assert isinstance(group.error, TransportError)
