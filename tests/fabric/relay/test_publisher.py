"""Publishing over a connection to a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.relay.publisher import Answer, Publisher
from narrowcast.fabric.relay.ring import Ring, WaitingFrame
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.stream import StreamReader, ensure_stream
from tests.fabric.fabric_servers import TestServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """A server that is stopped by the test's end."""
    with running_server(tmp_path / "s") as running:
        yield running


def entries(count: int, camera: str = "front", data: bytes = b"data") -> list[WaitingFrame]:
    ring = Ring()
    return [
        ring.put(f"nc.v.{camera}.k", f"1:{number}", data, keyframe=True, now_us=0) for number in range(count)
    ]


async def published(connection: FabricConnection, sent: list[WaitingFrame]) -> list[Answer]:
    """Publish entries of camera 7, and wait for what the server says of each that is not lost."""
    answers: list[Answer] = []
    publisher = Publisher(connection, answers.append)
    running = asyncio.create_task(publisher.run())
    for entry in sent:
        publisher.send(7, entry)
    for _ in range(500):
        if len(answers) == len([entry for entry in sent if not entry.lost]):
            break
        await asyncio.sleep(0.01)
    running.cancel()
    return answers


def test_each_frame_is_answered_and_stored_once(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        await ensure_stream(connection, "front", StreamLimits())
        sent = entries(3)
        sent[1].lost = True
        for _ in range(2):
            answers = await published(connection, sent)
            assert answers == [
                Answer(camera=7, number=1, refusal=""),
                Answer(camera=7, number=3, refusal=""),
            ]
        extent = await StreamReader(connection, "front").extent()
        assert extent.last == 2, "what the server has already is not stored again"

    server.ask(run)


def test_what_is_not_recorded_is_answered_too(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        (answer,) = await published(connection, entries(1, "nowhere"))
        assert "does not record this camera (it has no stream, or its disk is full)" in answer.refusal

    server.ask(run)


def test_a_stream_that_takes_no_more_is_answered(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        await ensure_stream(connection, "front", StreamLimits())
        config = (await connection.client.jsm().stream_info("nc_front")).config
        config.max_msg_size = 8
        await connection.client.jsm().update_stream(config)
        (answer,) = await published(connection, entries(1, data=b"x" * 100))
        assert answer.refusal.startswith("the server does not record it: message size exceeds maximum")

    server.ask(run)


def test_a_frame_that_is_too_long_is_answered(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        await ensure_stream(connection, "front", StreamLimits())
        connection.client._max_payload = 50
        small, large = entries(1)[0], entries(1, data=b"x" * 100)[0]
        large.number = 2
        answers = await published(connection, [large, small])
        assert (
            answers[0].number == 2
            and "is longer than the server takes: raise max_payload" in answers[0].refusal
        )
        assert answers[1].refusal == ""

    server.ask(run)
