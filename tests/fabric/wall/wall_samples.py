"""A wall on a real server, and tiles for it."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast import codec
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import tile_subject
from narrowcast.fabric.tile import Alert, CameraTile, pack_tile
from narrowcast.fabric.wall.config import WallConfig
from narrowcast.fabric.wall.wall import Wall
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.web.address import WebAddress
from tests.codec.picture_samples import camera_like
from tests.fabric.fabric_servers import TestServer
from tests.pipelines import RunningPipeline
from tests.reporters import RememberingReporter

US = 1_000_000


def jpeg(seed: int = 1) -> bytes:
    """A picture of a tile's size."""
    encoder = codec.create_encoder("jpeg", width=160, height=90)
    return encoder.encode(camera_like(160, 90, seed=seed)).payload


def tile(seed: int = 1, *, time_us: int = US, alerts: tuple[str, ...] = (), note: str = "") -> CameraTile:
    """A tile with these alerts."""
    told = tuple(Alert(kind=kind, since_us=US, detail="") for kind in alerts)
    return CameraTile(jpeg=jpeg(seed), time_us=time_us, alerts=told, note=note, worker="w")


def run_wall(url: str, *cameras: str, token: str = "") -> RunningPipeline:
    """Start a wall on a free port; with a token it asks for that."""
    reporter, stop = RememberingReporter(), StopSignal()
    web = WebAddress(host="127.0.0.1", port=0, token=token)
    wall = Wall(WallConfig(fabric=url, camera=cameras, web=web, threads=1, restore="never"), reporter, stop)
    return RunningPipeline(wall, reporter, stop)


def tell(server: TestServer, tiles: dict[str, CameraTile | bytes]) -> Callable[[], None]:
    """What tells tiles as a worker would."""

    async def run(connection: FabricConnection) -> None:
        for name, each in tiles.items():
            data = each if isinstance(each, bytes) else pack_tile(each)
            await connection.client.publish(tile_subject(name), data)
        await connection.client.flush()

    return lambda: server.ask(run)
