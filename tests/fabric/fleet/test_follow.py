"""A worker follows a camera on a real server: from its last keyframe on, and what comes then."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.fleet.follow import following
from narrowcast.fabric.names import frame_subject, keyframe_subject
from narrowcast.fabric.records import FabricFrame, MessageWriter
from narrowcast.fabric.state import CameraState
from narrowcast.receiver.recording.payload_records import RecordDamaged
from narrowcast.runtime.clock import now_us
from tests.fabric.fabric_samples import frames, messages, record
from tests.fabric.fabric_servers import running_server


class Seen:
    """What a follower was told."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.ages_s: list[float] = []
        self.damages = 0

    def came(self, frame: FabricFrame, at_us: int) -> None:
        """A frame."""
        self.numbers.append(frame.frame.sequence)
        self.ages_s.append((now_us() - at_us) / 1e6)

    def state(self, state: CameraState) -> None:
        """Not told here."""

    def damaged(self, error: RecordDamaged) -> None:
        """A message that cannot be read."""
        self.damages += 1


async def until(condition) -> None:  # type: ignore[no-untyped-def]
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        await asyncio.sleep(0.005)


def test_a_worker_joins_and_follows_and_takes_no_answer_for_a_frame(tmp_path: Path) -> None:
    async def run(connection: FabricConnection) -> None:
        writer, seen = MessageWriter(), Seen()
        await record(connection, "front", messages(frames(7), writer))
        async with following(connection, "front", seen):
            assert seen.numbers == [5, 6] and min(seen.ages_s) > 3600, "they count from when they were taken"
            for data in messages(frames(2, first=7), writer):
                await connection.client.publish(frame_subject("front"), data)
            await connection.client.publish(frame_subject("front"), b"damaged")
            query, reply = json.dumps({"seq": 1}).encode(), keyframe_subject("front")
            await connection.client.publish("$JS.API.DIRECT.GET.nc_front", query, reply=reply)
            await until(lambda: seen.damages == 1 and len(seen.numbers) == 4)
            assert seen.numbers == [5, 6, 7, 8] and max(seen.ages_s[2:]) < 60
        await connection.client.flush()

    with running_server(tmp_path / "s") as server:
        server.ask(run)


def test_a_camera_that_is_not_recorded_is_only_followed(tmp_path: Path) -> None:
    async def run(connection: FabricConnection) -> None:
        seen = Seen()
        async with following(connection, "front", seen):
            await connection.client.publish(keyframe_subject("front"), messages(frames(1))[0])
            await until(lambda: seen.numbers == [0])

    with running_server(tmp_path / "s") as server:
        server.ask(run)
