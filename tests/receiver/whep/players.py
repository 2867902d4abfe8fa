"""A site whose stream stands or moves, and players of WHEP: aiortc's, and plain requests."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import numpy as np
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from av import VideoFrame

from narrowcast.codec import Rgb
from narrowcast.receiver.web.server import Site
from narrowcast.receiver.web.view import WebView
from narrowcast.runtime.web.address import WebAddress

TOKEN = "secret-of-this-test"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@contextmanager
def site_of(*names: str) -> Iterator[Site]:
    site = Site(WebAddress(host="127.0.0.1", port=0, token=TOKEN), names or ("camera",))
    try:
        yield site
    finally:
        site.close()


def whep_url(site: Site, path: str = "/whep") -> str:
    return site.url.partition("?")[0].rstrip("/") + path


def ask(
    url: str,
    *,
    method: str = "POST",
    body: bytes = b"",
    token: str = TOKEN,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Ask as a program with the token does."""
    told = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}", **(headers or {})}
    request = urllib.request.Request(url, data=body or None, method=method, headers=told)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read().decode())


@contextmanager
def moving(view: WebView, pictures: list[Rgb], interval_s: float = 0.02) -> Iterator[None]:
    """Show the pictures round and round."""
    ended = threading.Event()

    def run() -> None:
        number = 0
        while not ended.wait(interval_s):
            view.show(pictures[number % len(pictures)], 40.0, 0.5)
            view.stale(None)
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Player:
    """aiortc at the other end; use it in `async with`."""

    def __init__(self, url: str, codec: str = "") -> None:
        """Play what is at the address, in this codec alone if one is given."""
        self.location = ""
        self.answer = ""
        self._url = url
        self._codec = codec
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def frames(self, count: int) -> list[Rgb]:
        """The next frames, uint8 [H, W, 3] each."""
        (receiver,) = self.peer.getReceivers()
        found = []
        for _ in range(count):
            frame = await asyncio.wait_for(receiver.track.recv(), 20)
            assert isinstance(frame, VideoFrame)
            found.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
        return found

    async def end(self) -> int:
        """End the session as WHEP does; returns the status."""
        return (await asyncio.to_thread(ask, self.location, method="DELETE")).status

    async def __aenter__(self) -> Player:
        transceiver = self.peer.addTransceiver("video", direction="recvonly")
        if self._codec:
            transceiver.setCodecPreferences(only(self._codec))
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = self.peer.localDescription.sdp.encode()
        answer = await asyncio.to_thread(ask, self._url, body=offer)
        assert answer.status == 201, answer.text
        self.location = urljoin(self._url, answer.headers["location"])
        self.answer = answer.text
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer.text, type="answer"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.peer.close()


def only(codec: str) -> list[RTCRtpCodecCapability]:
    """What a player prefers that has this codec alone."""
    capabilities = RTCRtpReceiver.getCapabilities("video")
    assert capabilities is not None
    return [each for each in capabilities.codecs if each.mimeType == f"video/{codec}"]


def offer_of(kind: str = "video") -> bytes:
    """An offer of a player that does not exist."""

    async def make() -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTransceiver(kind, direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        sdp = peer.localDescription.sdp
        await peer.close()
        return str(sdp)

    return asyncio.run(make()).encode()
