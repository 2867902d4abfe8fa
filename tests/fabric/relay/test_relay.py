"""A relay between real senders and a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.errors import SecurityError
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.lease import Holder, Lease
from narrowcast.fabric.names import state_subject
from narrowcast.fabric.records import ChainCheck, unpack_message
from narrowcast.fabric.relay.config import RelayConfig
from narrowcast.fabric.relay.relay import Relay
from narrowcast.fabric.state import unpack_state
from narrowcast.fabric.stream import StreamReader, ensure_leases
from narrowcast.runtime.signals import StopSignal
from tests.fabric.fabric_servers import TestServer, running_server
from tests.pipelines import RunningPipeline, run_sender, small_sender, wait_until
from tests.reporters import RememberingReporter


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """A server of the test's own."""
    with running_server(tmp_path / "s") as running:
        yield running


def run_relay(server: TestServer, *cameras: str, bind: bool = False) -> RunningPipeline:
    """Start a relay."""
    reporter, stop = RememberingReporter(), StopSignal()
    relay = Relay(RelayConfig(cameras=cameras, fabric=server.url, bind=bind), reporter, stop)
    return RunningPipeline(relay, reporter, stop)


async def stored(connection: FabricConnection, camera: str = "front") -> list[int]:
    """The numbers of the frames that are recorded, all of one chain."""
    chain, found = ChainCheck(), []
    async for message in StreamReader(connection, camera).frames_from(1):
        frame = unpack_message(message.data)
        assert chain.take(frame), "nothing is missing and nothing is there twice"
        found.append(frame.frame.sequence)
    return found


def front(sender: RunningPipeline) -> str:
    """What the relay is told of a sender."""
    return f"front={sender.address()}"


def told(pipeline: RunningPipeline, words: str) -> bool:
    """Whether a line with these words was told."""
    return any(words in line for line in pipeline.reporter.notices)


def frames_stored(relay: RunningPipeline) -> int:
    return sum(second["stored"] for second in relay.reporter.seconds)


def test_a_camera_is_recorded_frame_by_frame(server: TestServer) -> None:
    with run_sender(small_sender(max_frames=40)) as sender, run_relay(server, front(sender)) as relay:
        sender.join()
        wait_until(lambda: told(relay, "said goodbye"))
    numbers = server.ask(stored)
    assert len(numbers) == 40 and numbers == sorted(numbers)

    async def state(connection: FabricConnection) -> None:
        message = await StreamReader(connection, "front").last(state_subject("front"))
        assert message is not None
        found = unpack_state(message.data)
        assert (found.linked, found.ended, found.stream.width) == (False, True, 64)

    server.ask(state)
    summary = relay.reporter.summaries[0]
    assert (summary["frames"], summary["stored"], summary["lost"]) == (40, 40, 0)


def test_a_sender_may_connect_to_the_relay(server: TestServer, tmp_path: Path) -> None:
    url = f"ipc://{tmp_path}/relay"
    connecting = small_sender(url=url, bind=False)
    with run_relay(server, f"front={url}", bind=True) as relay, run_sender(connecting):
        wait_until(lambda: frames_stored(relay) > 5)


def test_a_server_that_was_killed_loses_no_frame(server: TestServer) -> None:
    with (
        run_sender(small_sender(fps=30.0)) as sender,
        run_relay(server, front(sender)) as relay,
    ):
        wait_until(lambda: frames_stored(relay) > 5)
        server.kill()
        wait_until(lambda: told(relay, "no server runs there"))
        server.start()
        before = frames_stored(relay)
        wait_until(lambda: frames_stored(relay) > before + 30)
    assert relay.reporter.summaries[0]["lost"] == 0
    numbers = server.ask(stored)
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_a_disk_that_is_full_is_told_and_viewers_get_the_stream(server: TestServer) -> None:
    server.stop()
    text = server.files.configuration.read_text()
    small = text.replace("sync_interval", "max_file_store: 100KB\n  sync_interval")
    server.files.configuration.write_text(small)
    server.start()
    with run_sender(small_sender()) as sender, run_relay(server, front(sender)) as relay:
        wait_until(lambda: told(relay, "front: the server does not record it: "))

        async def watch(connection: FabricConnection) -> None:
            seen = await connection.client.subscribe("nc.v.front.*")
            for _ in range(5):
                unpack_message((await seen.next_msg(timeout=10)).data)

        server.ask(watch)
    assert relay.error is None and relay.reporter.summaries[0]["unrecorded"] > 0


def test_of_two_relays_for_a_camera_one_publishes(server: TestServer) -> None:
    with run_sender(small_sender()) as sender, run_relay(server, front(sender)) as first:
        wait_until(lambda: frames_stored(first) > 5)
        with run_relay(server, front(sender)) as second:
            wait_until(lambda: told(second, "standing by for it"))
            assert second.reporter.seconds[-1:] == [] or second.reporter.seconds[-1]["linked"] == 0
            first.stop()
            wait_until(lambda: frames_stored(second) > 5)
            assert told(second, "this one goes on")
    server.ask(stored)


def test_a_camera_that_another_machine_holds_is_left_alone(server: TestServer) -> None:
    async def take(connection: FabricConnection) -> None:
        await ensure_leases(connection)
        assert await Lease("front", Holder(run="x", host="elsewhere", process=1)).renew(connection)

    server.ask(take)
    with run_sender(small_sender()) as sender, run_relay(server, front(sender)) as relay:
        wait_until(lambda: told(relay, "a relay on elsewhere has this camera"))
        assert not told(sender, "joined"), "its link is not burdened"
        wait_until(lambda: frames_stored(relay) > 5)


def test_a_relay_waits_for_its_camera_and_its_server(server: TestServer) -> None:
    server.stop()
    with run_relay(server, "front=tcp://127.0.0.1:1") as relay:
        wait_until(lambda: told(relay, "no server runs there (still trying"))
        server.start()
        wait_until(lambda: told(relay, "publishing to"))


def test_a_camera_beyond_this_machine_needs_its_key() -> None:
    config = RelayConfig(cameras=("front=tcp://10.0.0.7:5555",))
    with pytest.raises(SecurityError, match="the address has no key"):
        Relay(config, RememberingReporter(), StopSignal())
