"""A decode process with its cameras: has their frames decoded as their tiles are due, and tells the tiles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from narrowcast.fabric.fleet.camera import TILE_US, FleetCamera, due_cameras
from narrowcast.fabric.fleet.decode_messages import CameraWork, DecodeBatch
from narrowcast.fabric.fleet.decode_process import DecodeProcess, DecodeProcessError
from narrowcast.fabric.tile import CameraTile
from narrowcast.receiver.events.event import Event
from narrowcast.runtime.clock import now_us

MAX_BATCH_FRAMES = 100
"A batch is answered in a fraction of a second: fifty frames of 640x360 take one core 25 ms."
_IDLE_S = 0.05
RESTART_S = 1.0
"Between the end of a process and the next one."

TellTile = Callable[[str, CameraTile, "list[Event]"], Awaitable[None]]
"Takes a camera's name, its tile, and what became known of it."


class TileLoop:
    """The cameras of one decode process."""

    def __init__(self, tell_tile: TellTile, tell: Callable[[str], None]) -> None:
        """Begin without a camera; `tell` takes a line of what is wrong."""
        self.cameras: dict[str, FleetCamera] = {}
        self._tell_tile, self._tell = tell_tile, tell
        self._forget: list[int] = []
        self._process: DecodeProcess | None = None

    @property
    def pid(self) -> int | None:
        """The decode process; None while there is none."""
        return None if self._process is None else self._process.pid

    def add(self, camera: FleetCamera) -> None:
        """Decode a camera from now on."""
        self.cameras[camera.name] = camera

    def remove(self, name: str) -> None:
        """Decode it no more; harmless where it is not here."""
        camera = self.cameras.pop(name, None)
        if camera is not None:
            self._forget.append(camera.slot)

    async def run(self) -> None:
        """Run until it is cancelled; DecodeProcessError where the first process does not begin."""
        self._process = await DecodeProcess.start()
        try:
            while True:
                if self._process is None:
                    await asyncio.sleep(RESTART_S)
                    self._process = await DecodeProcess.start()
                due = self._next_batch()
                if not due:
                    await asyncio.sleep(_IDLE_S)
                    continue
                await self._decode(due)
                await self._tell_tiles(due)
        finally:
            if self._process is not None:
                await self._process.close()

    def _next_batch(self) -> list[FleetCamera]:
        """The cameras of the next batch; one whose frames have ended a process is alone."""
        due = due_cameras(list(self.cameras.values()), now_us())
        if due and due[0].suspected:
            return due[:1]
        return [camera for camera in due if not camera.suspected]

    async def _decode(self, due: list[FleetCamera]) -> None:
        """Have frames decoded; cameras behind the limit of a batch stay due."""
        works: list[CameraWork] = []
        asked: list[FleetCamera] = []
        frames, at_us = 0, now_us()
        for number, camera in enumerate(due):
            work = camera.take_work(at_us)
            if work is None:
                continue
            works.append(work)
            asked.append(camera)
            frames += len(work.payloads)
            if frames >= MAX_BATCH_FRAMES:
                del due[number + 1 :]
                break
        if not works and not self._forget:
            return
        forget, self._forget = tuple(self._forget), []
        assert self._process is not None, "the loop has started one"
        try:
            answer = await self._process.decode(DecodeBatch(works=tuple(works), forget=forget))
        except DecodeProcessError as error:
            self._died(error, asked)
            return
        for camera, done in zip(asked, answer.done, strict=True):
            camera.done(done, now_us())

    def _died(self, error: DecodeProcessError, asked: list[FleetCamera]) -> None:
        self._process = None
        self._tell(f"{error.text}; another one is started")
        for camera in self.cameras.values():
            camera.lose()
        for camera in asked:
            camera.process_died(now_us(), alone=len(asked) == 1)

    async def _tell_tiles(self, due: list[FleetCamera]) -> None:
        now, calendar_us = now_us(), time.time_ns() // 1000
        for camera in due:
            camera.due_us = max(camera.due_us + TILE_US, now)
            events = camera.tick(now)
            if camera.name in self.cameras:  # another worker may have it by now
                await self._tell_tile(camera.name, camera.tile(now, calendar_us), events)
