"""Several cameras in one sender, with real receivers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

import pytest

from narrowcast.errors import SourceError
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime import pipeline_group
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender import camera_group
from narrowcast.sender.camera_group import CameraGroup, share_processors
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.pipeline import open_configured
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.source_clock import SourceClock
from narrowcast.sender.sources.spec import SourceSpec, parse_source
from tests.pipelines import run_receiver, small_sender, wait_until
from tests.reporters import RememberingReporter, keep_text

Opener: TypeAlias = Callable[[SourceSpec, SenderConfig], Source]


class RunningGroup:
    """A group in a thread of a test."""

    def __init__(self, *configs: SenderConfig, opener: Opener) -> None:
        self.reporters = {config.name: RememberingReporter() for config in configs}
        self.lines: list[str] = []
        self.error: Exception | None = None
        self.stop = StopSignal()
        group = CameraGroup(configs, self.reporters, self.stop, keep_text(self.lines), opener=opener)
        self.thread = threading.Thread(target=self._run, args=(group,), daemon=True)
        self.thread.start()

    @property
    def ended(self) -> bool:
        return not self.thread.is_alive()

    def _run(self, group: CameraGroup) -> None:
        try:
            group.run()
        except Exception as error:
            self.error = error


@contextmanager
def running(*configs: SenderConfig, opener: Opener = open_configured) -> Iterator[RunningGroup]:
    group = RunningGroup(*configs, opener=opener)
    try:
        yield group
    finally:
        group.stop.request()
        wait_until(lambda: group.ended)


def camera(name: str, source: str = "test:") -> SenderConfig:
    return replace(small_sender(source=source), name=name)


def test_each_camera_has_an_address_and_one_line_receives_all() -> None:
    with running(camera("front"), camera("yard")) as group:
        wait_until(lambda: bool(group.lines))
        front, yard = (group.reporters[name].urls[0] for name in ("front", "yard"))
        assert front != yard
        assert group.lines == [
            f"to receive front, yard on one page, run: narrowcast receive {front} {yard} --web 127.0.0.1:8080"
        ]
        for url, name in ((front, "front"), (yard, "yard")):
            config = ReceiverConfig(url=url, window=False, max_frames=3)
            receiver = run_receiver(config)
            receiver.join()
            assert any(f"receiving {name}, 64x64" in text for text in receiver.reporter.notices)
    assert group.error is None


def test_cameras_that_connect_tell_what_to_listen_on() -> None:
    configs = [
        replace(camera(name), url=f"tcp://127.0.0.1:{port}", bind=False)
        for name, port in (("a", 9), ("b", 10))
    ]
    with running(*configs) as group:
        wait_until(lambda: bool(group.lines))
    (line,) = group.lines
    assert line.endswith(
        "run there: narrowcast receive --listen tcp://127.0.0.1:9 tcp://127.0.0.1:10 --web 127.0.0.1:8080"
    )


def test_a_mistake_at_the_start_ends_all() -> None:
    with running(camera("front"), camera("yard", "nothing-here.mp4")) as group:
        wait_until(lambda: group.ended)
    assert isinstance(group.error, SourceError)


def test_a_camera_that_is_not_there_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_group, "_RETRY_S", 0.05)
    plugged_in = threading.Event()

    def opener(spec: SourceSpec, config: SenderConfig) -> Source:
        if config.source == "7" and not plugged_in.is_set():
            raise SourceError("there is no camera 7")
        return open_configured(parse_source("test:"), config)

    with running(camera("front"), camera("gone", "7"), camera("yard"), opener=opener) as group:
        wait_until(lambda: bool(group.lines))
        assert group.reporters["gone"].notices == [
            "this camera cannot be opened: there is no camera 7; trying again every 0.05 s"
        ]
        assert group.lines[0].startswith("to receive front, yard on one page, run: ")
        plugged_in.set()
        wait_until(lambda: len(group.lines) == 2)
        assert group.lines[1].startswith("to receive front, gone, yard on one page, run: ")
        assert group.reporters["gone"].urls[0] in group.lines[1]


def test_one_that_fails_leaves_the_others_alone() -> None:
    broken = threading.Event()

    def opener(spec: SourceSpec, config: SenderConfig) -> Source:
        if config.name != "yard":
            return open_configured(spec, config)
        source = Source(width=config.width, height=config.height, fit="crop", clock=SourceClock())
        source.prepare(lambda: fail_after(broken), lambda: None, fps=15)
        return source

    with running(camera("front"), camera("yard", "7"), opener=opener) as group:
        wait_until(lambda: bool(group.lines))
        # Only who is watched is read, and so found to be broken.
        with run_receiver(ReceiverConfig(url=group.reporters["yard"].urls[0], window=False)):
            broken.set()
            wait_until(lambda: any("has failed" in text for text in group.reporters["yard"].notices))
        assert (
            "this camera has failed: the cable burnt; the others go on, and it is started again in 5 s"
            in group.reporters["yard"].notices
        )
        receiver = run_receiver(
            ReceiverConfig(url=group.reporters["front"].urls[0], window=False, max_frames=3)
        )
        receiver.join()
        assert receiver.reporter.summaries[0]["shown"] == 3
    assert str(group.error) == "yard had failed: the cable burnt", "the exit status tells"


def fail_after(broken: threading.Event) -> None:
    broken.wait()
    raise SourceError("the cable burnt")


def test_a_camera_that_failed_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_group, "RESTART_S", 0.1)
    broken, failed = threading.Event(), threading.Event()
    specs: dict[str, SourceSpec] = {}

    def opener(spec: SourceSpec, config: SenderConfig) -> Source:
        specs[config.name] = spec
        if config.name != "yard" or failed.is_set():
            return open_configured(specs["front"], config)
        source = Source(width=config.width, height=config.height, fit="crop", clock=SourceClock())
        source.prepare(lambda: fail_after(broken), lambda: None, fps=15)
        return source

    with running(camera("front"), camera("yard", "7"), opener=opener) as group:
        yard = group.reporters["yard"]
        wait_until(lambda: bool(group.lines))
        with run_receiver(ReceiverConfig(url=yard.urls[0], window=False)):
            failed.set()
            broken.set()
            wait_until(lambda: len(yard.urls) > 1)
        wait_until(lambda: yard.urls[-1] in group.lines[-1])  # everybody is told its new address
        with run_receiver(ReceiverConfig(url=yard.urls[-1], window=False, max_frames=3)) as receiver:
            receiver.join()
        assert receiver.reporter.summaries[0]["shown"] == 3
    assert group.error is None, "it has come back"


@pytest.mark.parametrize(
    ("cameras", "processors", "threads"), [(1, 8, 2), (2, 2, 1), (8, 2, 1), (4, 8, 2), (4, 4, 1)]
)
def test_cameras_share_the_processors(cameras: int, processors: int, threads: int) -> None:
    configs = [replace(camera(str(number)), threads=None) for number in range(cameras)]
    assert [config.threads for config in share_processors(configs, processors)] == [threads] * cameras


def test_a_camera_that_says_how_many_threads_it_wants_gets_them() -> None:
    config = replace(camera("a"), threads=3)
    assert share_processors([config, camera("b")], 1)[0].threads == 3
