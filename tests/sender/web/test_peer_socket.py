"""Tests of sender/web/peer_socket.py: a WebSocket is a peer like any other, a hostile one too."""

from __future__ import annotations

import asyncio
import time

import pytest
from starlette.websockets import WebSocketState
from websockets.exceptions import ConnectionClosed as SocketClosed
from websockets.sync.client import connect

from narrowcast.codec import create_decoder
from narrowcast.protocol.session.connection_limiter import BURST_MESSAGES, MAX_CONNECTIONS
from narrowcast.protocol.wire.messages import KeyframeRequest
from narrowcast.protocol.wire.packing import MAX_CONTROL_BYTES, pack
from narrowcast.protocol.ws.peers import WebSocketPeers
from narrowcast.protocol.zmq.connection_events import ConnectionClosed, ConnectionOpened
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.sender.web import peer_socket
from tests.pipelines import run_receiver, wait_until
from tests.sender.web.sites import PythonBrowser, sender_with_page, socket_url


def test_frames_come_as_over_zeromq_and_both_see_the_same() -> None:
    with sender_with_page() as (sender, url), PythonBrowser(url) as browser:
        with run_receiver(ReceiverConfig(url=sender.address(), window=False)) as receiver:
            wait_until(lambda: len(browser.frames) >= 20, browser.step)
            wait_until(lambda: any(second["fps"] > 0 for second in receiver.reporter.seconds), browser.step)
        sequences = [frame.sequence for frame in browser.frames]
        assert sequences == sorted(sequences)
        rgb = create_decoder("jpeg", width=96, height=64).decode(browser.frames[-1].payload)
        assert rgb.shape == (64, 96, 3)
        assert browser.frames[-1].capture_local_us is not None
        assert any("(a test) joined" in text for text in sender.reporter.notices)


def test_an_exact_still_comes_over_it() -> None:
    with sender_with_page() as (_, url), PythonBrowser(url) as browser:
        wait_until(lambda: bool(browser.frames), browser.step)
        browser.session.request_still(browser.frames[-1].sequence)
        kinds: list[str] = []

        def step() -> None:
            browser.step()
            kinds.extend(type(event).__name__ for event in browser.session.events())

        wait_until(lambda: "StillArrived" in kinds or "StillFailed" in kinds, step)
        assert "StillArrived" in kinds


def closed_with(url: str, *messages: bytes | str, pause_s: float = 0.0) -> str:
    """Send messages; returns with what reason the sender closed the connection."""
    with connect(socket_url(url), max_size=None) as socket:
        try:
            for message in messages:
                socket.send(message)
                time.sleep(pause_s)
            while True:
                socket.recv(20)
        except SocketClosed as closed:
            return "" if closed.rcvd is None else closed.rcvd.reason


def test_text_is_no_message() -> None:
    with sender_with_page() as (_, url):
        assert closed_with(url, "hello") == "needed binary messages, got text"


def test_garbage_is_counted_and_the_peer_cut_in_time() -> None:
    with sender_with_page() as (sender, url), PythonBrowser(url) as honest:
        reason = closed_with(url, b"\xff" * 100, b"", b"\x40", bytes(range(256)))
        assert reason == "it did not say hello in time, or was turned away"
        wait_until(lambda: any("cut the connection" in text for text in sender.reporter.notices))
        seen = len(honest.frames)
        wait_until(lambda: len(honest.frames) > seen + 5, honest.step)


def test_a_flood_is_cut() -> None:
    request = pack(KeyframeRequest(after_sequence=0, reason="again"))
    with sender_with_page() as (_, url):
        reason = closed_with(url, *[request] * (4 * BURST_MESSAGES))
        assert reason == "more than 300 messages a second"


def test_a_message_that_is_too_long_is_not_read() -> None:
    with sender_with_page() as (sender, url):
        with connect(socket_url(url)) as socket, pytest.raises(SocketClosed) as closed:
            socket.send(bytes(MAX_CONTROL_BYTES + 1))
            socket.recv(20)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
        assert not sender.ended


def test_a_peer_of_another_codec_is_told_why() -> None:
    with sender_with_page() as (_, url), PythonBrowser(url, codec="gan") as browser:
        texts: list[str] = []

        def step() -> None:
            browser.step()
            texts.extend(getattr(event, "text", "") for event in browser.session.events())

        wait_until(lambda: any(texts), step)
        assert "the sender codes with jpeg" in texts[0]


def test_browsers_that_come_and_go_leave_nothing_behind() -> None:
    with sender_with_page() as (sender, url):
        for _ in range(MAX_CONNECTIONS // 4):
            with PythonBrowser(url) as browser:
                wait_until(lambda: browser.session.linked, browser.step)
        with PythonBrowser(url) as browser:
            wait_until(lambda: len(browser.frames) >= 3, browser.step)
        assert not sender.ended


class StuckSocket:
    """A WebSocket whose browser has stopped reading: nothing that is sent ever leaves."""

    client = None
    application_state = WebSocketState.CONNECTED

    def __init__(self) -> None:
        self.sending = asyncio.Event()

    async def accept(self) -> None:
        """Say yes."""

    async def receive(self) -> dict[str, object]:
        """Wait for ever."""
        await asyncio.Event().wait()
        return {}

    async def send_bytes(self, data: bytes) -> None:
        """Wait for ever."""
        self.sending.set()
        await asyncio.Event().wait()

    async def close(self, code: int, reason: str) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


def test_one_that_reads_nothing_any_more_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_socket, "STUCK_S", 0.01)
    peers = WebSocketPeers(encrypted=False)

    async def scene() -> None:
        socket = StuckSocket()
        serving = asyncio.create_task(peer_socket.serve_peer(socket, peers))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        (opened,) = peers.events()
        assert isinstance(opened, ConnectionOpened)
        peers.received(opened.connection, b"hello")
        peers.send(peers.packets()[0].peer, b"frame")
        await socket.sending.wait()
        peers.cut(opened.connection, "nothing heard from it")
        await asyncio.wait_for(serving, 20)

    asyncio.run(scene())
    assert any(isinstance(event, ConnectionClosed) for event in peers.events())
