"""The newest tile of every camera, and what has changed since somebody looked. Belongs to one loop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from narrowcast.fabric.tile import CameraTile

QUIET_US = 9_000_000
"A camera of which no worker has told anything for so long has none: longer than a lease."


@dataclass(kw_only=True, eq=False)
class WallCamera:
    """A camera of the wall."""

    number: int
    "of the camera in this run of the wall"
    name: str
    tile: CameraTile | None = None
    "the newest; None before the first"
    came_us: int = 0
    "our clock, when that came"
    quiet: bool = True
    "no worker tells anything of it"
    picture_version: int = 0
    "grows with each picture of any camera"
    state_version: int = 0
    "grows with each change of what is said of any camera"


@dataclass(kw_only=True)
class TileStore:
    """All cameras by name; any number of browsers look at them."""

    cameras: dict[str, WallCamera] = field(default_factory=dict)
    list_version: int = 0
    "grows with each change of which cameras there are"
    note: str = ""
    "why nothing comes from the fabric; empty while it does"
    version: int = 0
    "grows with each change of anything"
    _numbers: int = -1
    _waiting: list[asyncio.Event] = field(default_factory=list)

    def known(self, names: Iterable[str]) -> None:
        """These cameras there are; what was known of others is forgotten."""
        wanted = list(names)
        if wanted == list(self.cameras):
            return
        before, self.cameras = self.cameras, {}
        for name in wanted:
            self.cameras[name] = before.get(name) or self._new(name)
        self.list_version += 1
        self.wake()

    def take(self, name: str, tile: CameraTile, now_us: int) -> None:
        """A worker has told a tile of a camera that is known."""
        camera = self.cameras.get(name)
        if camera is None:
            return
        before, camera.tile, camera.came_us = camera.tile, tile, now_us
        if tile.jpeg and (before is None or before.time_us != tile.time_us or before.jpeg != tile.jpeg):
            camera.picture_version = self._next_version()
        said_before = None if before is None else (before.alerts, before.note)
        if camera.quiet or said_before is None or _changed(said_before, (tile.alerts, tile.note)):
            camera.quiet = False
            camera.state_version = self._next_version()

    def look(self, now_us: int) -> None:
        """Take note of cameras that no worker tells anything of any more."""
        for camera in self.cameras.values():
            if not camera.quiet and now_us - camera.came_us > QUIET_US:
                camera.quiet = True
                camera.state_version = self._next_version()

    def say(self, note: str) -> None:
        """Why nothing comes; empty where it does."""
        if note != self.note:
            self.note = note
            self.version += 1
            self.wake()

    def pictures_since(self, version: int, numbers: Collection[int]) -> list[WallCamera]:
        """Cameras among these with a picture that came after a version."""
        return [
            each
            for each in self.cameras.values()
            if each.picture_version > version and each.number in numbers
        ]

    def states_since(self, version: int) -> list[WallCamera]:
        """Cameras of which something else is said since a version."""
        return [each for each in self.cameras.values() if each.state_version > version]

    def subscribe(self, changed: asyncio.Event) -> None:
        """Set an event whenever something is new."""
        self._waiting.append(changed)
        changed.set()

    def unsubscribe(self, changed: asyncio.Event) -> None:
        """Set it no more."""
        self._waiting = [each for each in self._waiting if each is not changed]

    @property
    def browsers(self) -> int:
        """How many look."""
        return len(self._waiting)

    def wake(self) -> None:
        """Something is new."""
        for event in self._waiting:
            event.set()

    def _new(self, name: str) -> WallCamera:
        self._numbers += 1
        return WallCamera(number=self._numbers, name=name, state_version=self._next_version())

    def _next_version(self) -> int:
        self.version += 1
        self.wake()
        return self.version


def _changed(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """Whether alerts or note differ; the beginning of an alert, which a worker counts anew, is as it was."""
    return _said(before) != _said(after)


def _said(said: tuple[object, ...]) -> object:
    alerts, note = said
    assert isinstance(alerts, tuple)
    return [(alert.kind, alert.detail) for alert in alerts], note
