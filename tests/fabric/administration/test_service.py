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
from narrowcast.fabric.camera_names import camera_names
from narrowcast.fabric.connection import FabricConnection, connected
from narrowcast.fabric.identity import Identity, new_identity
from narrowcast.fabric.lease import Holder, Lease, read_holder, this_run
from narrowcast.fabric.names import (
    alert_subject,
    fleet_lease_subject,
    frame_subject,
    keyframe_subject,
    tile_subject,
    video_subjects,
)
from narrowcast.fabric.records import unpack_message
from narrowcast.fabric.relay.config import RelayConfig
from narrowcast.fabric.relay.relay import Relay
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.server import ServerError, ServerProcess
from narrowcast.fabric.stream import StreamReader, is_answer
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.fabric_address import parse_fabric
from narrowcast.runtime.private_files import write_private
from narrowcast.runtime.signals import StopSignal
from tests.fabric.fabric_samples import frames, messages
from tests.fabric.fabric_servers import free_port
from tests.fabric.fleet.fleets import next_tiles, picture_messages, run_worker
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


def allow(folder: FabricFolder, name: str, *cameras: str, worker: bool = False) -> Identity:
    """Let a new key publish cameras, watch, or work."""
    identity = new_identity()
    let_in(folder, name, identity.public, *cameras, worker=worker)
    return identity


def let_in(folder: FabricFolder, name: str, key: str, *cameras: str, worker: bool = False) -> None:
    with folder.changing() as members:
        member = Member(key=key, name=name, cameras=cameras, worker=worker)
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


async def trespass(connection: FabricConnection, subjects: list[str]) -> None:
    """Publish where it is not permitted: the server says so each time."""
    for subject in subjects:
        await connection.client.publish(subject, b"{}")
    await connection.client.flush()
    await asyncio.sleep(0.2)
    assert len(connection.denials) == len(subjects), connection.denials
    connection.denials.clear()


def test_nobody_does_more_than_is_allowed(folder: FabricFolder) -> None:
    relay, viewer, other = allow(folder, "relay", "front"), allow(folder, "a"), allow(folder, "b")

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


def test_a_worker_tells_tiles_and_alerts_and_nothing_else(folder: FabricFolder) -> None:
    relay, viewer = allow(folder, "relay", "front"), allow(folder, "wall")
    first, second = (allow(folder, name, worker=True) for name in ("one", "two"))

    async def run() -> None:
        address = parse_fabric(folder.url)
        async with (
            connected(address, "relay", relay) as publishing,
            connected(address, "wall", viewer) as watching,
            connected(address, "one", first) as working,
            connected(address, "two", second) as other,
        ):
            for data in messages(frames(1)):
                await publishing.client.publish(keyframe_subject("front"), data)
            await publishing.client.flush()
            tiles = await watching.client.subscribe(tile_subject("*"))
            alerts = await watching.client.subscribe(alert_subject("*"))
            video = [await each.client.subscribe(video_subjects("front")) for each in (watching, other)]
            leases = await other.client.subscribe("$KV.nc_fleet.>")
            for each in (publishing, watching, other):
                await each.client.flush()
            await working.client.publish(tile_subject("front"), b"tile")
            await working.client.publish(alert_subject("front"), b"alert")
            assert (await tiles.next_msg(timeout=5)).data == b"tile"
            assert (await alerts.next_msg(timeout=5)).data == b"alert"
            found = await StreamReader(watching, "front").last(alert_subject("front"))
            assert found is not None and found.data == b"alert", "alerts are recorded"
            lease = Lease("front", this_run(), fleet_lease_subject("front"))
            theirs = Lease("front", Holder(run="x", host="elsewhere", process=1), lease._key)
            assert await lease.renew(working) and not await theirs.renew(other)
            assert read_holder((await leases.next_msg(timeout=5)).data) == lease._own
            assert await camera_names(working) == ["front"] == await camera_names(watching)
            assert (await StreamReader(watching, "front").extent()).first == 1
            foreign = ["nc.v.front.k", "nc.i.front", "$KV.nc_lease.front", "$JS.API.STREAM.DELETE.nc_front"]
            await trespass(working, foreign)
            await trespass(watching, ["nc.t.front", "nc.a.front", "$KV.nc_fleet.c.front"])
            # What it has the server answer, wherever to, is no frame of the camera for anybody.
            query, frame = json.dumps({"seq": 1}).encode(), keyframe_subject("front")
            await working.client.publish("$JS.API.DIRECT.GET.nc_front", query, reply=frame)
            await working.client.flush()
            await asyncio.sleep(0.3)
            assert not video[0].pending_msgs, "viewers are in accounts of their own"
            while video[1].pending_msgs:  # workers share one, and leave out what a server has answered
                assert is_answer(await video[1].next_msg())
            assert (await StreamReader(other, "front").extent()).last == 2, "a frame and an alert"

    with serving(folder):
        asyncio.run(run())


def test_tiles_come_through_a_server_with_keys(folder: FabricFolder, own_home: Path) -> None:
    relay, viewer, worker_key = allow(folder, "relay", "front"), allow(folder, "wall"), new_identity()

    async def publish(connection: FabricConnection) -> None:
        for data in picture_messages():
            subject = keyframe_subject("front") if unpack_message(data).keyframe else frame_subject("front")
            await connection.client.publish(subject, data)
        await connection.client.flush()

    async def run() -> None:
        address = parse_fabric(folder.url)
        async with connected(address, "relay", relay) as publishing:
            await publish(publishing)
        become(own_home, worker_key)
        with run_worker(folder.url) as worker:
            refused = f"fabric allow DIR {worker_key.public} --name NAME --worker"
            while not told(worker, refused):
                await asyncio.sleep(0.01)
            let_in(folder, "fleet", worker_key.public, worker=True)
            async with connected(address, "wall", viewer) as watching:
                assert (await next_tiles(watching, {"front"}))["front"].jpeg
        assert worker.error is None and worker.reporter.summaries[0]["damaged"] == 0

    with serving(folder) as service:
        asyncio.run(asyncio.wait_for(run(), 40))
    assert service.error is None


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
