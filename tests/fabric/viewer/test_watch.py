"""Joining and following a camera of a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import frame_subject, keyframe_subject, state_subject
from narrowcast.fabric.records import FabricFrame, MessageWriter
from narrowcast.fabric.state import CameraState, pack_state
from narrowcast.fabric.viewer import watch as watch_module
from narrowcast.fabric.viewer.watch import watch
from narrowcast.receiver.recording.payload_records import RecordDamaged
from tests.fabric.fabric_samples import STREAM, frames, messages, publish, record, sequences
from tests.fabric.fabric_servers import TestServer, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server for all of these tests; each has a camera of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@dataclass
class Seen:
    """Keeps what it is told."""

    frames: list[FabricFrame] = field(default_factory=list)
    bursts: list[int] = field(default_factory=list)
    states: list[CameraState] = field(default_factory=list)
    damages: list[RecordDamaged] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def came(self, frames: list[FabricFrame]) -> None:
        self.frames += frames
        self.bursts.append(len(frames))

    def state(self, state: CameraState) -> None:
        self.states.append(state)

    def damaged(self, error: RecordDamaged) -> None:
        self.damages.append(error)

    def quiet(self, text: str) -> None:
        self.lines.append(text)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def test_who_joins_gets_the_last_keyframe_and_all_behind_it_at_once(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        writer, seen = MessageWriter(), Seen()
        await record(connection, "join", messages(frames(13), writer))
        state = CameraState(stream=STREAM, linked=True)
        await connection.client.jetstream().publish(state_subject("join"), pack_state(state))
        watching = asyncio.create_task(watch(connection, "join", seen))
        await until(lambda: bool(seen.frames))
        assert sequences(seen.frames) == [10, 11, 12] and seen.bursts == [3] and seen.states == [state]
        await publish(connection, "join", messages(frames(4, first=13), writer))
        await until(lambda: len(seen.frames) == 7)
        assert sequences(seen.frames) == list(range(10, 17))
        watching.cancel()

    server.ask(run)


def test_a_camera_that_has_ended_says_so_behind_its_last_frames(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        seen = Seen()
        await record(connection, "ended", messages(frames(3)))
        down = CameraState(stream=STREAM, linked=False, ended=True, reason="it ended")
        await connection.client.jetstream().publish(state_subject("ended"), pack_state(down))
        watching = asyncio.create_task(watch(connection, "ended", seen))
        await until(lambda: len(seen.states) == 2)
        assert seen.states == [CameraState(stream=STREAM, linked=True), down] and len(seen.frames) == 3
        watching.cancel()

    server.ask(run)


def test_a_camera_that_is_not_recorded_is_followed_from_its_next_keyframe(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        seen = Seen()
        watching = asyncio.create_task(watch(connection, "live", seen))
        await until(lambda: bool(seen.lines))
        assert "knows no camera live" in seen.lines[0]
        for data in messages(frames(2)):
            await connection.client.publish(keyframe_subject("live"), data)
        await until(lambda: len(seen.frames) == 2)
        watching.cancel()

    server.ask(run)


def test_damaged_records_are_told_and_left_out(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        seen = Seen()
        await record(connection, "damaged", messages(frames(7)))
        stream = connection.client.jetstream()
        await stream.publish(keyframe_subject("damaged"), b"nonsense")
        await stream.publish(state_subject("damaged"), b"nonsense")
        watching = asyncio.create_task(watch(connection, "damaged", seen))
        await until(lambda: bool(seen.frames))
        assert sequences(seen.frames) == list(range(7)), "an earlier keyframe is looked for"
        await connection.client.publish(frame_subject("damaged"), b"nonsense")
        await connection.client.publish(state_subject("damaged"), b"nonsense")
        await until(lambda: len(seen.damages) == 2)
        assert not seen.states
        watching.cancel()

    server.ask(run)


def test_a_camera_that_says_nothing_is_told(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "QUIET_S", 0.05)

    async def run(connection: FabricConnection) -> None:
        seen = Seen()
        await record(connection, "quiet", [])
        watching = asyncio.create_task(watch(connection, "quiet", seen))
        await until(lambda: len(seen.lines) > 1)
        assert seen.lines[0] == ""
        watching.cancel()

    server.ask(run)


def test_it_ends_with_the_connection(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        watching = asyncio.create_task(watch(connection, "quiet", Seen()))
        await asyncio.sleep(0.1)
        await connection.client.close()
        await asyncio.wait_for(watching, 10)

    server.ask(run)
