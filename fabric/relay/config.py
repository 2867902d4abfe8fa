"""The settings of a relay, checked before anything is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from narrowcast.errors import ConfigError
from narrowcast.fabric.retention import StreamLimits
from narrowcast.protocol import parse_endpoint
from narrowcast.runtime.common_settings import ConnectionSettings, FabricSettings, parse_duration
from narrowcast.runtime.fabric_address import check_camera
from narrowcast.runtime.settings import Setting

_KEEP = Setting(metavar="TIME", parse=partial(parse_duration, setting="keep"))


@dataclass(frozen=True, kw_only=True)
class RelaySource:
    """One camera to relay."""

    name: str
    "in the fabric"
    url: str
    "of its sender"

    @property
    def address(self) -> str:
        """The URL without its key, for people."""
        return self.url.partition("?")[0]


@dataclass(frozen=True, kw_only=True)
class RelayConfig(ConnectionSettings, FabricSettings):
    """Every setting of `narrowcast relay`."""

    cameras: Annotated[tuple[str, ...], Setting(positional=True, metavar="[NAME=]URL")]
    "address of a sender, as it prints it, with the name that the camera has in the fabric: front=tcp://..."
    bind: Annotated[bool, Setting(flag="listen")] = False
    "wait at each address for a sender that connects, instead of connecting to one"
    keep: Annotated[float | None, _KEEP] = None
    "record so long, of each camera, as in 7d; by default a day, or as its stream is already"
    keep_gb: Annotated[float | None, Setting(above=0)] = None
    "and no more than so many gigabytes of each camera"
    keyframe_every: Annotated[float, Setting(minimum=10, maximum=3600, metavar="S")] = 10.0
    "ask a sender for a keyframe where the last is so many seconds old: who begins to watch begins there"

    def __post_init__(self) -> None:
        """Check every range and every camera."""
        super().__post_init__()
        for camera in self.parsed:
            parse_endpoint(camera.url, bind=self.bind)
        names = [camera.name for camera in self.parsed]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ConfigError(f"two cameras are called {twice}: give each a name of its own, front=tcp://...")
        if self.keep is not None and self.keep < 1:
            raise ConfigError("is below a second: nobody could begin to watch", setting="keep")

    @property
    def parsed(self) -> tuple[RelaySource, ...]:
        """The cameras."""
        return tuple(parse_camera(text) for text in self.cameras)

    @property
    def retention(self) -> StreamLimits:
        """How much is kept of each camera."""
        return StreamLimits(
            keep_s=self.keep, keep_bytes=None if self.keep_gb is None else round(1e9 * self.keep_gb)
        )


def parse_camera(text: str) -> RelaySource:
    """Read "front=tcp://HOST:PORT?key=..."; without a name the camera is called as its address."""
    name, equals, url = text.partition("=")
    if not equals or "://" in name:
        name, url = "", text
    if not name:
        host_and_port = url.partition("://")[2].partition("?")[0]
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", host_and_port).strip("-")[:32] or "camera"
    return RelaySource(name=check_camera(name), url=url)
