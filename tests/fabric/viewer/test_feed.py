"""Watching a camera of a fabric with the whole receiver: sender, relay, server and viewer are real."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import narrowcast
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.viewer.feed import FabricFeed
from narrowcast.protocol import StillFailed
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.recording.payload_file import PayloadFile
from tests.fabric.fabric_samples import frames, messages, record
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.relay.test_relay import front, run_relay, told
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until
from tests.programs import SMALL_STREAM, next_line, program


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """A server of the test's own."""
    with running_server(tmp_path / "s") as running:
        yield running


def watcher(server: TestServer, **settings: object) -> ReceiverConfig:
    return ReceiverConfig(url="fabric:front", fabric=server.url, window=False, **settings)  # type: ignore[arg-type]


def shown(viewer: RunningPipeline) -> int:
    return sum(second["shown"] for second in viewer.reporter.seconds)


def shows(viewer: RunningPipeline, more: int = 10) -> None:
    """Wait until it has shown so many more pictures."""
    before = shown(viewer)
    wait_until(lambda: shown(viewer) >= before + more)


def test_a_camera_is_watched_recorded_and_seen_to_its_end(server: TestServer, tmp_path: Path) -> None:
    path = tmp_path / "seen.ncast"
    config = watcher(server, until_end=True, record=path)
    with (
        run_sender(small_sender(max_frames=60, fps=30.0)) as sender,
        run_relay(server, front(sender)),
        run_receiver(config) as viewer,
    ):
        viewer.join()
    assert viewer.error is None and told(viewer, "receiving front, 64x64 at 30 fps, coded with jpeg")
    with PayloadFile(path) as file:
        contents = examine(file)
    assert contents.frames >= 1 and not contents.losses, "one that came late has the last picture at least"


def test_each_part_may_be_killed(server: TestServer) -> None:
    stream = [*SMALL_STREAM, "--listen", "tcp://127.0.0.1:0"]
    with program("send", "test:", *stream) as sender:
        url = next_line(sender, "listening on")["url"]
        camera = f"front={url}"
        with run_receiver(watcher(server)) as viewer:
            with program("relay", camera, "--fabric", server.url) as relay:
                shows(viewer)
                relay.send_signal(signal.SIGKILL)
                relay.wait()
            with program("relay", camera, "--fabric", server.url):
                shows(viewer)
                server.kill()
                wait_until(lambda: told(viewer, "the connection is gone"))
                server.start()
                shows(viewer)
                sender.send_signal(signal.SIGKILL)
                sender.wait()
                wait_until(lambda: told(viewer, "the connection to the sender is gone"))
                stream[-1] = url
                with program("send", "test:", *stream):
                    shows(viewer)
    assert viewer.error is None
    assert sum(second["failed"] for second in viewer.reporter.seconds) == 0
    assert os.path.exists(server.files.recordings)


def test_a_late_viewer_has_the_same_picture_bit_for_bit(server: TestServer) -> None:
    shown: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})
    with run_sender(small_sender(codec="hybrid", fps=15.0)) as sender, run_relay(server, front(sender)):
        early = narrowcast.receive("fabric:front", fabric=server.url, restore="never")
        for _ in range(20):
            assert early.read(30.0) is not None
        late = narrowcast.receive("fabric:front", fabric=server.url, restore="never")
        while len(shown[0].keys() & shown[1].keys()) < 10:
            for stream, found in zip((early, late), shown, strict=True):
                if (frame := stream.read(30.0)) is not None:
                    found[frame.sequence] = frame.rgb.tobytes()
        early.close()
        late.close()
    both = shown[0].keys() & shown[1].keys()
    different = [number for number in both if shown[0][number] != shown[1][number]]
    assert not different, f"{different} of {sorted(both)}"
    assert min(both) >= 19


def test_a_viewer_waits_for_a_server_and_a_camera(server: TestServer) -> None:
    server.stop()
    with run_receiver(watcher(server)) as viewer:
        wait_until(lambda: told(viewer, "does not answer: no server runs there (still trying)"))
        server.start()
        wait_until(lambda: told(viewer, "knows no camera front: start its relay"))
        with run_sender(small_sender()) as sender, run_relay(server, front(sender)):
            shows(viewer)


def test_several_cameras_are_shown_on_one_page(server: TestServer) -> None:
    from narrowcast.receiver.stream_group import StreamGroup
    from narrowcast.receiver.stream_list import configs_for
    from narrowcast.runtime.signals import StopSignal
    from narrowcast.runtime.web.address import parse_web_address
    from tests.reporters import RememberingReporter, keep_text

    config = watcher(server, web=parse_web_address("127.0.0.1:0"))
    with ExitStack() as stack:
        sender, other = (stack.enter_context(run_sender(small_sender())) for _ in range(2))
        with run_relay(server, front(sender), f"yard={other.address()}"):
            configs = configs_for(config, ["fabric:front", "fabric:yard"])
            assert [each.label for each in configs] == ["front", "yard"]
            reporters = {each.label: RememberingReporter() for each in configs}
            stop, lines = StopSignal(), list[str]()
            group = StreamGroup(configs, reporters, stop, keep_text(lines))
            with RunningPipeline(group, reporters["front"], stop):
                wait_until(lambda: all(len(each.seconds) > 1 for each in reporters.values()))
            assert any("the page is at http://127.0.0.1:" in line for line in lines)


def test_what_a_fabric_does_not_have_is_told(server: TestServer) -> None:
    async def prepare(connection: FabricConnection) -> None:
        await record(connection, "front", messages(frames(3)))

    server.ask(prepare)
    feed = FabricFeed(server.address, "front", 10**6)
    feed.start()
    wait_until(lambda: feed.stream is not None)
    feed.request_still(7)
    feed.request_keyframe("for nothing")
    assert [event for event in feed.events() if isinstance(event, StillFailed)][0].sequence == 7
    frame = feed.next_frame(5.0)
    assert frame is not None and frame.payload == b"frame 0" and not feed.decoder_idle
    feed.decode_failed("no picture")
    assert feed.next_frame(0.01) is None and feed.decoder_idle
    assert feed.gauges.wire_bytes_in > 0 and feed.gauges.frames_waiting == 0
    feed.stop("the test is over")
    feed.check()
