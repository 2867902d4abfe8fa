"""Senders with a page, and receivers in Python that come over its WebSocket."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from websockets.sync.client import ClientConnection, connect

from narrowcast.protocol import ArrivedFrame, CodecOffer, ReceiverSession, ReceiverSessionConfig
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.web.address import WebAddress, parse_web_address
from tests.pipelines import RunningPipeline, run_sender, small_sender, wait_until

WORDS = "to watch in a browser, open "
LOOPBACK = parse_web_address("127.0.0.1:0")


def page_url(sender: RunningPipeline) -> str:
    """Where the page is, as the sender says it."""
    wait_until(lambda: sender.ended or any(WORDS in text for text in sender.reporter.notices))
    if sender.error is not None:
        raise sender.error
    return next(text for text in sender.reporter.notices if WORDS in text).removeprefix(WORDS)


@contextmanager
def sender_with_page(
    *,
    codec: str = "jpeg",
    source: str = "test:",
    size: tuple[int, int] = (96, 64),
    fps: float | None = 30.0,
    web: WebAddress = LOOPBACK,
) -> Iterator[tuple[RunningPipeline, str]]:
    """A sender of small pictures, and the address of its page."""
    config = replace(
        small_sender(codec=codec, source=source), size=size, fps=fps, web=web, loop=source == "demo:"
    )
    with run_sender(config) as sender:
        yield sender, page_url(sender)


def socket_url(url: str, name: str = "stream") -> str:
    """The WebSocket of a page."""
    return url.partition("?")[0].replace("http", "ws", 1) + name


class PythonBrowser:
    """The session of a Python receiver on the other end of the page's WebSocket."""

    def __init__(self, url: str, *, codec: str = "jpeg", instance: int | None = None) -> None:
        self._opening = connect(socket_url(url), max_size=None)
        self.socket: ClientConnection
        self.session = ReceiverSession(
            ReceiverSessionConfig(
                codecs=(CodecOffer(name=codec),),
                instance=random.getrandbits(52) if instance is None else instance,
                name="a test",
            )
        )
        self.frames: list[ArrivedFrame] = []

    def step(self) -> None:
        """Exchange what there is, and take the frames."""
        for message in self.session.messages_to_send(now_us()):
            self.socket.send(message.data)
        try:
            data = self.socket.recv(0.01)
        except TimeoutError:
            return
        assert isinstance(data, bytes)
        self.session.receive(b"", data, now_us())
        while (frame := self.session.take_frame(now_us())) is not None:
            self.frames.append(frame)

    def __enter__(self) -> PythonBrowser:
        self.socket = self._opening.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
