"""Cameras that are open in full: begun once, ended when nobody looks, never more than may be."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette

from narrowcast.fabric.wall import opened as opened_module
from narrowcast.fabric.wall.config import WallConfig
from narrowcast.fabric.wall.opened import MAX_OPEN, OpenCamera, OpenCameras
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.address import WebAddress
from narrowcast.worker import Worker

ACCESS = AccessControl(WebAddress(host="127.0.0.1", port=80), 80)


class Begun:
    """Receivers that only wait for their stop."""

    def __init__(self) -> None:
        self.cameras: dict[str, OpenCamera] = {}

    def __call__(self, name: str) -> OpenCamera:
        """Begin one."""
        view, stop = WebView(name=name), StopSignal()
        worker = Worker(name, lambda: self._run(stop, worker))
        worker.start()
        made = OpenCamera(view=view, app=Starlette(), stop=stop, worker=worker, wanted_s=0.0)
        self.cameras[name] = made
        return made

    def _run(self, stop: StopSignal, worker: Worker) -> None:
        while not stop.requested:
            worker.wait_closing(0.005)


def test_a_camera_is_opened_once_and_ends_when_nobody_looks(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    begun = Begun()
    cameras = OpenCameras(WallConfig(), ACCESS, lambda notice: None, begun)
    first = cameras.app_for("front")
    assert cameras.app_for("front") is first and cameras.names == ["front"]
    cameras.look()
    assert cameras.names == ["front"], "a moment ago somebody asked for it"

    async def watch() -> None:
        changed = asyncio.Event()
        begun.cameras["front"].view.hub.subscribe(changed)
        monkeypatch.setattr(opened_module, "IDLE_S", -1.0)
        cameras.look()
        assert cameras.names == ["front"], "somebody looks"
        begun.cameras["front"].view.hub.unsubscribe(changed)
        cameras.look()

    asyncio.run(watch())
    assert cameras.names == [] and begun.cameras["front"].stop.requested
    begun.cameras["front"].worker.join(5)


def test_no_more_are_open_than_may_be() -> None:
    begun = Begun()
    cameras = OpenCameras(WallConfig(), ACCESS, lambda notice: None, begun)

    async def run() -> None:
        for number in range(MAX_OPEN):
            cameras.app_for(f"c{number}")
            begun.cameras[f"c{number}"].view.hub.subscribe(asyncio.Event())
        sent = []

        async def send(message) -> None:  # type: ignore[no-untyped-def]
            sent.append(message)

        async def receive():  # type: ignore[no-untyped-def]
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await cameras.app_for("more")(scope, receive, send)
        assert sent[0]["status"] == 503 and "more" not in cameras.names
        begun.cameras["c3"].view.hub._subscribers.clear()
        cameras.app_for("more")
        assert "c3" not in cameras.names and "more" in cameras.names, "the idle one made room"

    asyncio.run(run())
    cameras.close()
    assert all(camera.worker.join(5) for camera in begun.cameras.values())


def test_a_receiver_that_ended_is_begun_anew() -> None:
    begun = Begun()
    cameras = OpenCameras(WallConfig(), ACCESS, lambda notice: None, begun)
    cameras.app_for("front")
    first = begun.cameras["front"]
    first.stop.request()
    assert first.worker.join(5)
    cameras.app_for("front")
    assert begun.cameras["front"] is not first
    cameras.close()
