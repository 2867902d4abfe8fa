"""The stream of a camera in a real server: made, read from any place, and searched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric import stream
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import keyframe_subject, state_subject
from narrowcast.fabric.records import unpack_message
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.stream import Extent, NotRecorded, StreamReader, ensure_leases, ensure_stream
from tests.fabric.fabric_samples import frames, messages, record
from tests.fabric.fabric_servers import TestServer, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server for all of these tests; each has a camera of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


async def read_from(reader: StreamReader, place: int) -> list[int]:
    return [unpack_message(each.data).frame.sequence async for each in reader.frames_from(place)]


def test_a_stream_is_made_once_and_takes_other_limits(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        manager = connection.client.jsm()
        await ensure_stream(connection, "limits", StreamLimits())
        config = (await manager.stream_info("nc_limits")).config
        assert (config.max_age, config.max_bytes, config.allow_direct) == (86_400, -1, True)
        await ensure_stream(connection, "limits", StreamLimits(keep_s=60.0, keep_bytes=10**6))
        await ensure_stream(connection, "limits", StreamLimits())
        config = (await manager.stream_info("nc_limits")).config
        assert (config.max_age, config.max_bytes, config.duplicate_window) == (60, 10**6, 60)
        await ensure_leases(connection)
        await ensure_leases(connection)

    server.ask(run)


@pytest.mark.parametrize("batches", [True, False], ids=["batches", "as an older server"])
def test_a_stream_is_read_from_any_place(
    server: TestServer, batches: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BATCH", 8)
    camera = f"read{batches}"

    async def run(connection: FabricConnection) -> None:
        await record(connection, camera, messages(frames(20)))
        await connection.client.jetstream().publish(state_subject(camera), b"{}")
        reader = StreamReader(connection, camera)
        reader._batches = batches
        assert await reader.extent() == Extent(first=1, last=21)
        assert await read_from(reader, 0) == list(range(20)), "what is no frame is left out"
        assert await read_from(reader, 13) == list(range(12, 20))
        assert await read_from(reader, 22) == []
        last = await reader.last(keyframe_subject(camera))
        assert last is not None and unpack_message(last.data).frame.sequence == 15
        following = await reader.keyframe_from(8)
        assert following is not None and (following.place, following.subject) == (11, f"nc.v.{camera}.k")
        assert await reader.keyframe_from(17) is None

    server.ask(run)


def test_a_stream_that_is_purged_while_it_is_read_ends(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BATCH", 4)

    async def run(connection: FabricConnection) -> None:
        await record(connection, "purged", messages(frames(20)))
        reader, found = StreamReader(connection, "purged"), []
        async for each in reader.frames_from(1):
            found.append(each.place)
            if len(found) == 4:
                await connection.client.jsm().purge_stream("nc_purged")
        assert len(found) < 9 and await reader.last(keyframe_subject("purged")) is None

    server.ask(run)


@pytest.mark.parametrize("batches", [True, False])
def test_what_was_removed_in_front_is_passed_over(server: TestServer, batches: bool) -> None:
    camera = f"aged{batches}"

    async def run(connection: FabricConnection) -> None:
        await record(connection, camera, messages(frames(600)))
        await connection.client.jsm().purge_stream(f"nc_{camera}", seq=400)
        reader = StreamReader(connection, camera)
        reader._batches = batches
        assert await read_from(reader, 1) == list(range(399, 600))

    server.ask(run)


def test_a_camera_that_is_not_there_is_told(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        reader = StreamReader(connection, "nowhere")
        with pytest.raises(NotRecorded, match="knows no camera nowhere: start its relay"):
            await reader.last(keyframe_subject("nowhere"))
        with pytest.raises(NotRecorded, match="knows no camera nowhere"):
            await reader.extent()
        with pytest.raises(NotRecorded, match="knows no camera nowhere"):
            await read_from(reader, 1)

    server.ask(run)


def test_a_server_that_records_nothing_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as server:
        text = server.files.configuration.read_text()
        server.stop()
        server.files.configuration.write_text(text[: text.index("jetstream")])
        server.start()

        async def run(connection: FabricConnection) -> None:
            with pytest.raises(FabricError, match="the server has no JetStream, or its disk is full"):
                await ensure_stream(connection, "front", StreamLimits())

        server.ask(run)


def test_a_disk_that_is_too_small_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as server:
        text = server.files.configuration.read_text()
        server.stop()
        server.files.configuration.write_text(
            text.replace("sync_interval", "max_file_store: 1MB\n  sync_interval")
        )
        server.start()

        async def run(connection: FabricConnection) -> None:
            with pytest.raises(FabricError, match="the server says: insufficient storage"):
                await ensure_stream(connection, "front", StreamLimits(keep_bytes=10**9))

        server.ask(run)
