"""A browser that cannot decode the stream: it gets JPEG pictures, one at a time, and says so.

To the session it is one more receiver: it takes every frame at once and shows the picture behind the newest.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from typing import TypeAlias

from starlette.websockets import WebSocket, WebSocketDisconnect

from narrowcast import codec
from narrowcast.protocol import (
    ArrivedFrame,
    CodecOffer,
    ReceiverSession,
    ReceiverSessionConfig,
    StreamParameters,
    WebSocketPeers,
)
from narrowcast.runtime.clock import now_us
from narrowcast.sender.web.peer_socket import (
    FULL,
    GOING_AWAY,
    POLICY_VIOLATION,
    TRY_AGAIN_LATER,
    close_socket,
)

MAX_MESSAGE_BYTES = 64
"Of this browser's: it only says that it has drawn a picture."

STEPS = ((1, 0.6), (1, 0.35), (2, 0.35), (4, 0.3))
"Picture sizes (one pixel in so many, each way) and JPEG qualities, from good to small."

SLOW_S, QUICK_S = 1.0, 0.25
"A picture that takes longer until it is drawn makes the next one smaller; one that is quick, better."

_STEP_S = 0.05
"Between two looks for what the session wants to send."

PictureOf: TypeAlias = Callable[[int], "codec.Rgb | None"]


class JpegPictures:
    """Finds the picture behind a frame and makes a JPEG of it."""

    def __init__(self, picture_of: PictureOf, max_kbps: float) -> None:
        """Take pictures from `picture_of`, by the sequence of their frame; `max_kbps` of 0 is no cap."""
        self._picture_of = picture_of
        self.max_kbps = max_kbps
        "what each such browser may take"

    def jpeg(self, sequence: int, step: int) -> bytes | None:
        """Code the picture behind a frame; None where it is not kept any more."""
        rgb = self._picture_of(sequence)
        if rgb is None:
            return None
        share, quality = STEPS[step]
        small = rgb[::share, ::share]
        height, width = small.shape[:2]
        return codec.create_encoder("jpeg", width=width, height=height).encode(small, quality=quality).payload


async def serve_jpeg(
    socket: WebSocket, peers: WebSocketPeers, stream: StreamParameters, pictures: JpegPictures
) -> None:
    """Send pictures until the browser leaves or sends what it should not."""
    await socket.accept()
    viewer = _Viewer(socket, peers, stream, pictures)
    tasks = [asyncio.create_task(each) for each in (viewer.follow(), viewer.show(), viewer.listen())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        viewer.leave()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Viewer:
    """One such browser."""

    def __init__(
        self, socket: WebSocket, peers: WebSocketPeers, stream: StreamParameters, pictures: JpegPictures
    ) -> None:
        self._socket = socket
        self._peers = peers
        self._pictures = pictures
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._drawn = asyncio.Event()
        self._newest: ArrivedFrame | None = None
        self._arrived = asyncio.Event()
        offer = CodecOffer(name=stream.codec, model_id=stream.model_id)
        self._session = ReceiverSession(
            ReceiverSessionConfig(
                codecs=(offer,),
                instance=random.getrandbits(63),
                stream=stream.stream,
                name="a browser that gets JPEG",
            )
        )
        address = socket.client.host if socket.client else ""
        self._connection = peers.open(address, lambda: self._loop.call_soon_threadsafe(self._changed.set))

    async def follow(self) -> None:
        """Take part in the session, and take each frame at once."""
        if self._connection is None:
            await close_socket(self._socket, TRY_AGAIN_LATER, FULL)
            return
        while (reason := self._peers.cut_reason(self._connection)) is None and not self._peers.ended:
            for message in self._peers.outgoing(self._connection):
                self._session.receive(b"", message, now_us())
            while (frame := self._session.take_frame(now_us())) is not None:
                self._newest = frame
                self._arrived.set()
            for outgoing in self._session.messages_to_send(now_us()):
                while not self._peers.received(self._connection, outgoing.data):
                    await asyncio.sleep(_STEP_S)
            self._session.events()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _STEP_S)
            self._changed.clear()
        if reason is not None:
            await close_socket(self._socket, POLICY_VIOLATION, reason)
        else:
            await close_socket(self._socket, GOING_AWAY, "the sender has ended")

    async def show(self) -> None:
        """Send the newest picture whenever the one before is drawn."""
        step, ready_s = 0, self._loop.time()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            frame = self._newest
            assert frame is not None
            jpeg = await asyncio.to_thread(self._pictures.jpeg, frame.sequence, step)
            if jpeg is None:
                continue
            # The age here; what the way adds, the browser bounds by how long it waited less what we held.
            age_ms = (now_us() - frame.capture_sender_us) / 1000
            held_ms = 1000 * (self._loop.time() - ready_s)
            told = {"ageMs": age_ms, "heldMs": held_ms, "sequence": frame.sequence}
            self._drawn.clear()
            began_s = self._loop.time()
            await self._socket.send_text(json.dumps(told))
            await self._socket.send_bytes(jpeg)
            await self._drawn.wait()
            ready_s = self._loop.time()
            took_s = ready_s - began_s
            step = _next_step(step, took_s)
            if self._pictures.max_kbps:
                await asyncio.sleep(max(0.0, len(jpeg) / (125 * self._pictures.max_kbps) - took_s))

    async def listen(self) -> None:
        """Note when a picture has been drawn; anything else ends the connection."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("text") != "drawn":
                    await close_socket(self._socket, POLICY_VIOLATION, "needed the text `drawn`")
                    return
                self._drawn.set()

    def leave(self) -> None:
        """End the session's connection."""
        if self._connection is not None:
            self._peers.closed(self._connection)


def _next_step(step: int, took_s: float) -> int:
    if took_s > SLOW_S:
        return min(step + 1, len(STEPS) - 1)
    return max(step - 1, 0) if took_s < QUICK_S else step
