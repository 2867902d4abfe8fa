"""A fabric's own server with keys and TLS, real from end to end: who may do what, and what is refused."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from narrowcast.fabric.administration.folder import FabricFolder, Listen
from narrowcast.fabric.administration.members import Member, write_members
from narrowcast.fabric.administration.service import FabricService
from narrowcast.fabric.connection import FabricConnection, connected
from narrowcast.fabric.identity import Identity, new_identity
from narrowcast.fabric.names import keyframe_subject, video_subjects
from narrowcast.fabric.relay.config import RelayConfig
from narrowcast.fabric.relay.relay import Relay
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.server import ServerError, ServerProcess
from narrowcast.fabric.stream import StreamReader
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.fabric_address import parse_fabric
from narrowcast.runtime.private_files import write_private
from narrowcast.runtime.signals import StopSignal
from tests.fabric.fabric_samples import frames, messages
from tests.fabric.fabric_servers import free_port
from tests.fabric.relay.test_relay import frames_stored, front, told
from tests.fabric.viewer.test_feed import shows
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until
from tests.reporters import RememberingReporter


@pytest.fixture
def folder(tmp_path: Path) -> FabricFolder:
    """A fabric that nobody may use."""
    made = FabricFolder(tmp_path / "f")
    made.make(Listen(host="127.0.0.1", port=free_port()))
    return made


@contextmanager
def serving(folder: FabricFolder) -> Iterator[RunningPipeline]:
    reporter, stop = RememberingReporter(), StopSignal()
    with RunningPipeline(FabricService(folder, stop, reporter.notice), reporter, stop) as service:
        wait_until(lambda: bool(reporter.urls) or service.ended)
        yield service


def allow(folder: FabricFolder, name: str, *cameras: str) -> Identity:
    """Let a new key publish cameras, or watch."""
    identity = new_identity()
    let_in(folder, name, identity.public, *cameras)
    return identity


def let_in(folder: FabricFolder, name: str, key: str, *cameras: str) -> None:
    with folder.changing() as members:
        member = Member(key=key, name=name, cameras=cameras)
        write_members(folder.members_path, members.allow(member, StreamLimits()))


def become(home: Path, identity: Identity) -> None:
    """Have this machine be somebody."""
    write_private(home / "fabric-nkey", identity.seed)


def test_a_camera_is_watched_through_a_server_with_keys(folder: FabricFolder, own_home: Path) -> None:
    relay_key, viewer_key = allow(folder, "relay", "front"), new_identity()
    with serving(folder) as service, run_sender(small_sender()) as sender:
        url = folder.url
        become(own_home, relay_key)
        reporter, stop = RememberingReporter(), StopSignal()
        # Another camera, which the key may not publish, is told and holds up nothing.
        cameras = (front(sender), "yard=tcp://127.0.0.1:1")
        relay = Relay(RelayConfig(cameras=cameras, fabric=url), reporter, stop)
        with RunningPipeline(relay, reporter, stop) as relaying:
            wait_until(lambda: frames_stored(relaying) > 5)
            become(own_home, viewer_key)
            config = ReceiverConfig(url="fabric:front", fabric=url, window=False)
            with run_receiver(config) as viewer:
                wait_until(lambda: told(viewer, f"fabric allow DIR {viewer_key.public} --name NAME"))
                let_in(folder, "wall", viewer_key.public)
                shows(viewer)
                with folder.changing() as members:
                    write_members(folder.members_path, members.revoke("wall")[0])
                wait_until(lambda: told(viewer, "the connection is gone"))
                wait_until(lambda: "does not let this machine in" in viewer.reporter.notices[-1])
            before = frames_stored(relaying)
            wait_until(lambda: frames_stored(relaying) > before + 5)
    assert relaying.error is None and service.error is None
    assert not told(relaying, "the connection is gone"), "nobody else was cut"
    assert told(relaying, "--name NAME --camera front,yard") and not told(relaying, "front: nats")


def test_nobody_does_more_than_is_allowed(folder: FabricFolder) -> None:
    relay, viewer, other = allow(folder, "relay", "front"), allow(folder, "a"), allow(folder, "b")

    async def trespass(connection: FabricConnection, subjects: list[str]) -> None:
        for subject in subjects:
            await connection.client.publish(subject, b"{}")
        await connection.client.flush()
        await asyncio.sleep(0.2)
        assert len(connection.denials) == len(subjects), connection.denials
        connection.denials.clear()

    async def run() -> None:
        address = parse_fabric(folder.url)
        async with (
            connected(address, "relay", relay) as publishing,
            connected(address, "viewer", viewer) as watching,
            connected(address, "other", other) as innocent,
        ):
            for data in messages(frames(1)):
                await publishing.client.publish(keyframe_subject("front"), data)
            foreign = [
                "nc.v.yard.k",
                "nc.v.front.x",
                "nc.i.yard",
                "$KV.nc_lease.yard",
                "$JS.API.STREAM.CREATE.x",
            ]
            await trespass(publishing, [*foreign, "$JS.API.STREAM.DELETE.nc_front"])
            await trespass(
                watching, ["nc.v.front.k", "nc.i.front", "$JS.API.STREAM.PURGE.nc_front", "_INBOX.x"]
            )
            seen = await innocent.client.subscribe(video_subjects("front"))
            await innocent.client.flush()
            # A server answers wherever it is told to: it must not reach the camera's subject for others.
            query = json.dumps({"seq": 1}).encode()
            await watching.client.publish(
                "$JS.API.DIRECT.GET.nc_front", query, reply=keyframe_subject("front")
            )
            await watching.client.flush()
            await asyncio.sleep(0.3)
            assert not seen.pending_msgs
            found = await StreamReader(innocent, "front").last(keyframe_subject("front"))
            assert found is not None and found.place == 1

    with serving(folder):
        asyncio.run(run())


def test_a_list_that_is_damaged_changes_nothing(folder: FabricFolder) -> None:
    with serving(folder) as service:
        write_private(folder.members_path, "{")
        wait_until(lambda: told(service, "the server goes on with what it knew"))
        assert service.error is None and not service.ended


def test_a_server_that_dies_is_told(folder: FabricFolder) -> None:
    import os
    import signal

    with serving(folder) as service:
        os.kill(int(folder.files.pid.read_text()), signal.SIGKILL)
        service.join()
    assert isinstance(service.error, ServerError) and "the server has ended" in str(service.error)


def test_a_server_whose_program_was_killed_is_replaced(folder: FabricFolder) -> None:
    listen = folder.listen
    left = ServerProcess(folder.files, listen.host, listen.port)
    reaper = threading.Thread(target=left._process.wait)  # its end is its parent's to take: this test's
    reaper.start()
    with serving(folder) as service:
        assert service.error is None and told(service, "stopping the server of a program that was killed")
    reaper.join()


def test_a_server_that_is_too_old_is_told(folder: FabricFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrowcast.fabric.administration.service.server_version", lambda program: (2, 9, 10))
    with serving(folder) as service:
        service.join()
    assert "nats-server 2.9.10 is too old for encrypted connections, 2.10.4 is needed" in str(service.error)


def test_another_server_at_the_address_is_not_trusted(folder: FabricFolder, tmp_path: Path) -> None:
    other = FabricFolder(tmp_path / "other")
    other.make(folder.listen)
    with serving(other):
        config = ReceiverConfig(url="fabric:front", fabric=folder.url, window=False)
        with run_receiver(config) as viewer:
            wait_until(lambda: told(viewer, "has another key than the address: paste the whole address"))
