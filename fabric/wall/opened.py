"""The cameras that are open in full: a receiver for each, begun with its page and ended when nobody looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from narrowcast.fabric.wall.config import WallConfig
from narrowcast.protocol import ReceiverStatistics
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.pipeline import ReceiverPipeline
from narrowcast.receiver.screen import replay_config
from narrowcast.receiver.web.answers import HEADERS
from narrowcast.receiver.web.app import make_app
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.fabric_address import address_of
from narrowcast.runtime.reporting import LogReporter, Notice, failure, reason_of
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.worker import Worker

MAX_OPEN = 8
"Each has a decoder and, where the processor allows it, a generator."
IDLE_S = 10.0
"A receiver whose page nobody has open any more ends after so long."
_END_S = 2.0
_UNAVAILABLE = 503


@dataclass(kw_only=True, eq=False)
class OpenCamera:
    """One receiver with its page."""

    view: WebView
    app: Starlette
    stop: StopSignal
    worker: Worker
    wanted_s: float
    "when somebody last asked for something of it"

    @property
    def watched(self) -> bool:
        """Whether a page or a program has its stream."""
        return self.view.hub.browsers > 0


class OpenCameras:
    """Answers for the pages of all cameras. Belongs to the server's loop, but for `close`."""

    def __init__(
        self,
        config: WallConfig,
        access: AccessControl,
        tell: Callable[[Notice], None],
        open_camera: Callable[[str], OpenCamera] | None = None,
    ) -> None:
        """Begin with none; `tell` takes lines, from any thread; `open_camera` begins a receiver."""
        self._config, self._access, self._tell = config, access, tell
        self._open = open_camera or self._begin
        self._cameras: dict[str, OpenCamera] = {}

    @property
    def names(self) -> list[str]:
        """The cameras that are open."""
        return list(self._cameras)

    def app_for(self, name: str) -> ASGIApp:
        """What answers requests for a camera's page; it is opened where it is not."""
        camera = self._cameras.get(name)
        if camera is not None and not camera.worker.alive:
            self._end(name)
            camera = None
        if camera is None:
            self.look()
            if len(self._cameras) >= MAX_OPEN and not self._make_room():
                return _too_many
            camera = self._cameras[name] = self._open(name)
        camera.wanted_s = time.monotonic()
        return camera.app

    def look(self) -> None:
        """End what nobody looks at any more."""
        now_s = time.monotonic()
        for name, camera in list(self._cameras.items()):
            if camera.watched:
                camera.wanted_s = now_s
            elif now_s - camera.wanted_s > IDLE_S:
                self._end(name)

    def close(self) -> None:
        """End all."""
        for camera in self._cameras.values():
            camera.stop.request()
        for camera in self._cameras.values():
            camera.worker.join(_END_S)
            camera.view.close()
        self._cameras.clear()

    def _make_room(self) -> bool:
        """End the one that was wanted least lately of those that nobody looks at."""
        idle = [name for name, camera in self._cameras.items() if not camera.watched]
        if idle:
            self._end(min(idle, key=lambda name: self._cameras[name].wanted_s))
        return bool(idle)

    def _end(self, name: str) -> None:
        camera = self._cameras.pop(name)
        camera.stop.request()
        camera.view.close()

    def _begin(self, name: str) -> OpenCamera:
        wall, stop = self._config, StopSignal()
        config = ReceiverConfig(
            url=address_of(name),
            fabric=wall.fabric,
            fabric_insecure=wall.fabric_insecure,
            window=False,
            web_controls=False,
            restore=wall.restore,
            device=wall.device,
            threads=wall.threads,
            mark=wall.mark,
            timestamp=wall.timestamp,
            max_size=wall.max_size,
            decoder_process=wall.decoder_process,
        )
        view = WebView(name=name, one_of_several=True)
        view.replay = replay_config(config)

        def run() -> None:
            reporter = _QuietReporter()
            manager = ServiceManager(speaks=False)
            try:
                ReceiverPipeline(config, reporter, stop, page=view, manager=manager).run()
            except Exception as error:  # one camera must not end the wall
                view.stale(StaleNote(headline="this stream has failed", detail=reason_of(error)))
                self._tell(failure(f"camera {name} has failed", error, "open it again"))

        worker = Worker(f"camera {name}", run, awaited_at_exit=True)
        worker.start()
        app = make_app([view], self._access)
        return OpenCamera(view=view, app=app, stop=stop, worker=worker, wanted_s=time.monotonic())


class _QuietReporter(LogReporter[ReceiverStatistics]):
    """The camera's page says how its stream is."""

    def notice(self, notice: Notice) -> None:
        """Say nothing."""


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer that no more cameras may be open."""
    text = f"{MAX_OPEN} cameras are open in full, as many as may be: close the page of another one\n"
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1013, "reason": text.strip()})
        return
    await PlainTextResponse(text, _UNAVAILABLE, HEADERS)(scope, receive, send)


async def keep_looking(cameras: OpenCameras, every_s: float = 1.0) -> None:
    """End what nobody looks at, until this is cancelled."""
    while True:
        await asyncio.sleep(every_s)
        cameras.look()
