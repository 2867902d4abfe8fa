"""One browser's connection: what it is sent, when, and what ends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from starlette.websockets import WebSocket

from narrowcast.receiver.web.browser import Browser
from narrowcast.receiver.web.hub import StreamHub
from narrowcast.receiver.web.jpeg_messages import JpegMessages
from tests.codec.picture_samples import flat

_WAIT_S = 10.0


class FakeSocket:
    """The two queues of a WebSocket: what the browser sends, and what it gets."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.sent: list[dict[str, object]] = []
        self.received.put_nowait({"type": "websocket.connect"})

    async def send(self, message: object) -> None:
        assert isinstance(message, dict)
        self.sent.append(message)

    def says(self, text: str) -> None:
        """The browser sends a text."""
        self.received.put_nowait({"type": "websocket.receive", "text": text})

    @property
    def texts(self) -> list[dict[str, object]]:
        """What it got as text."""
        return [json.loads(str(message["text"])) for message in self.sent if message.get("text")]

    @property
    def pictures(self) -> int:
        """How many pictures it got."""
        return sum(message.get("bytes") is not None for message in self.sent)

    @property
    def close_code(self) -> object:
        """The code of its end; None while it is open."""
        return next((each.get("code") for each in self.sent if each["type"] == "websocket.close"), None)


def serve(hub: StreamHub, steps: Callable[[FakeSocket], list[Callable[[], object]]]) -> FakeSocket:
    """Serve a browser until the connection ends; each step is repeated until it returns something true."""

    async def run() -> FakeSocket:
        fake = FakeSocket()
        socket = WebSocket({"type": "websocket"}, receive=fake.received.get, send=fake.send)
        serving = asyncio.create_task(Browser(socket, hub, JpegMessages()).serve())
        for step in steps(fake):
            while not step():
                await asyncio.sleep(0.001)
        await asyncio.wait_for(serving, _WAIT_S)
        return fake

    async def within_time() -> FakeSocket:
        return await asyncio.wait_for(run(), _WAIT_S)

    return asyncio.run(within_time())


def done(action: Callable[[], object]) -> Callable[[], bool]:
    """A step that acts once and does not wait."""

    def step() -> bool:
        action()
        return True

    return step


def test_a_new_browser_gets_what_was_published_and_the_end() -> None:
    hub = StreamHub()
    hub.publish("stream", {"codec": "jpeg"})
    fake = serve(hub, lambda fake: [lambda: fake.texts, done(hub.close)])
    assert fake.texts[0] == {"kind": "stream", "codec": "jpeg"}
    assert fake.close_code == 1001
    assert hub.browsers == 0


def test_the_next_picture_waits_until_the_one_before_is_drawn() -> None:
    hub = StreamHub()
    hub.publish("stream", {"codec": "jpeg"})
    hub.publish_picture(flat(64, 64), None)

    def steps(fake: FakeSocket) -> list[Callable[[], object]]:
        return [
            lambda: fake.pictures == 1,
            done(lambda: hub.publish_picture(flat(64, 64), None)),
            done(lambda: hub.publish("notice", {"text": "two"})),
            lambda: any(text["kind"] == "notice" for text in fake.texts),
            lambda: fake.pictures == 1,
            done(lambda: fake.says('{"drawn": 1}')),
            lambda: fake.pictures == 2,
            done(hub.close),
        ]

    assert serve(hub, steps).pictures == 2


def test_a_message_that_the_page_does_not_send_ends_the_connection() -> None:
    hub = StreamHub()
    fake = serve(hub, lambda fake: [done(lambda: fake.says("hello"))])
    assert fake.close_code == 1008
    assert hub.browsers == 0
