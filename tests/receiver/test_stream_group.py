"""Several streams in one receiver, from real senders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from websockets.sync.client import ClientConnection, connect

from narrowcast.protocol import (
    Link,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
    TransportError,
)
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.stream_group import restarted
from narrowcast.runtime.clock import now_us
from tests.pipelines import run_sender, small_sender, wait_until
from tests.receiver.stream_groups import RunningGroup, running, two_cameras


def tile(group: RunningGroup, number: int) -> ClientConnection:
    """What the browser opens for a tile."""
    return connect(f"{group.page_url().replace('http', 'ws', 1)}{number}/socket?tile=1")


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
                with tile(group, number) as browser:
                    assert told(browser, "stream")["name"] == name
                    while not isinstance(browser.recv(20), bytes):
                        continue
                    assert told(browser, "second")["kbps"]
            assert any("receiving yard, 64x64" in text for text in group.reporter(urls[1]).notices)
        assert group.error is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all-1.ncast", "all-2.ncast"]
    assert all(reporter.summaries[0]["shown"] > 0 for reporter in group.reporters.values())


def test_a_camera_that_goes_leaves_the_others_alone() -> None:
    with (
        two_cameras() as cameras,
        running([camera.address() for camera in cameras]) as group,
        tile(group, 1) as front,
        tile(group, 2) as yard,
    ):
        told(yard, "second")
        cameras[1].stop()
        assert told(yard, "link", "link down")["live"] is False
        second = told(front, "second")
        shown = second["number"]
        assert isinstance(shown, int)
        while second["number"] < shown + 2:  # type: ignore[operator]
            second = told(front, "second")
        assert second["fps"]


def test_a_stream_that_fails_says_why_on_its_tile() -> None:
    transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    stream = StreamParameters(width=64, height=64, fps=30.0, codec="unheard-of")
    link = Link(SenderSession(SenderSessionConfig(stream=stream, epoch=7, instance=7)), transport, now_us)
    with two_cameras() as cameras, running([cameras[0].address(), transport.url]) as group:
        reporter = group.reporter(transport.url)
        wait_until(lambda: any("has failed" in text for text in reporter.notices), lambda: link.step(5))
        assert any("the sender codes with unheard-of" in text for text in reporter.notices)
        with tile(group, 2) as failed, tile(group, 1) as front:
            assert "the sender codes with" in str(told(failed, "link")["detail"])
            assert told(front, "second")["fps"]
    transport.close(0)
    assert "the sender codes with unheard-of" in str(group.error), "the exit status tells"


def test_a_stream_that_ends_for_good_says_so_on_its_tile() -> None:
    with two_cameras() as cameras:
        ending = run_sender(replace(small_sender(), name="gone"))
        with ending, running([cameras[0].address(), ending.address()], until_end=True) as group:
            with tile(group, 2) as gone:
                told(gone, "second")
                ending.stop()
                assert told(gone, "link", "has ended")["live"] is False
            assert not group.ended


def test_an_address_that_is_none_ends_all() -> None:
    with running(["tcp://127.0.0.1:9", "udp://nowhere"]) as group:
        wait_until(lambda: group.ended)
    assert isinstance(group.error, TransportError)


def test_a_stream_that_is_started_again_keeps_its_first_recording() -> None:
    config = ReceiverConfig(url="tcp://127.0.0.1:9", record=Path("front.mp4"))
    names = [str(restarted(config, run).record) for run in (1, 2, 3)]
    assert names == ["front.mp4", "front-again2.mp4", "front-again3.mp4"]
    assert restarted(replace(config, record=None), 2).record is None


def test_a_stream_that_is_started_again_takes_a_name_that_is_free(tmp_path: Path) -> None:
    config = ReceiverConfig(url="tcp://127.0.0.1:9", record=tmp_path / "front.mp4")
    (tmp_path / "front-again2.mp4").touch()
    assert restarted(config, 2).record == tmp_path / "front-again2-2.mp4"
    pattern = replace(config, record=tmp_path / "front-%H%M.mp4")
    assert restarted(pattern, 2).record == pattern.record, "each of its files has a name of its own"
