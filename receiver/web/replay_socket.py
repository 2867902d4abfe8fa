"""A recording of payloads for one browser: decoded here, sent picture by picture as the browser asks.

The browser sets the pace: {"at": 12000, "every": 0} asks for the first picture from 12 s on, {"next": 1} for
the one behind it. Each comes as a JPEG with its time in front.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from narrowcast import codec
from narrowcast.errors import NarrowcastError, ProtocolError
from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.play.replay import Replay, ReplayedFrame
from narrowcast.receiver.play.source import source_of
from narrowcast.receiver.recording.payload_file import PayloadFile

_NORMAL = 1000
_POLICY_VIOLATION = 1008
_MAX_MS = 2**40

_QUALITY = 0.92
"As the live picture's JPEG."

_HEADER = struct.Struct("<d")
"The picture's time in ms, from the recording's first frame on."


class ReplayMessageError(ProtocolError):
    """A message that our player does not send."""


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """What the browser wants to see next."""

    at_ms: int | None
    "begin there; None goes on behind the last picture"
    every_ms: int = 0
    "one picture is wanted in so long a time; 0: all of them"


def parse_replay_request(text: str) -> ReplayRequest:
    """Read {"at": 12000, "every": 0} or {"next": 1}."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReplayMessageError("needed JSON") from error
    if message == {"next": 1}:
        return ReplayRequest(at_ms=None)
    known = isinstance(message, dict) and set(message) == {"at", "every"}
    if known and all(type(value) is int and 0 <= value <= _MAX_MS for value in message.values()):
        return ReplayRequest(at_ms=message["at"], every_ms=message["every"])
    raise ReplayMessageError('needed "at" and "every" in milliseconds, or "next": 1')


class PictureReader:
    """Reads a recording in whichever thread calls, one call at a time."""

    def __init__(self, path: Path, config: ReplayConfig) -> None:
        """Open the file; an error says why it cannot be played."""
        self.notices: list[str] = []
        "what could not be shown, since it was last taken"
        self._file = PayloadFile(path)
        try:
            self._replay = Replay(source_of(self._file), config, self.notices.append)
        except BaseException:
            self.close()
            raise
        self._pictures: Iterator[ReplayedFrame] = iter(())
        self._encoder: codec.Encoder | None = None
        self._size = (0, 0)

    def begin(self) -> str:
        """What the player has to know, as JSON."""
        stream = self._replay.entry_before(0).stream
        fields = {
            "kind": "recording",
            "duration_ms": self._replay.index.end_us // 1000,
            "width": stream.width,
            "height": stream.height,
            "codec": stream.codec,
            "recorded_at": stream.recorded_at,
        }
        return json.dumps(fields)

    def read(self, request: ReplayRequest) -> bytes | None:
        """The picture that is wanted, as it is sent; None at the recording's end."""
        if request.at_ms is not None:
            at_us = 1000 * request.at_ms
            entry = self._replay.entry_before(at_us)
            self._pictures = self._replay.pictures(entry, at_us, 1000 * request.every_ms)
        frame = next(self._pictures, None)
        if frame is None:
            return None
        return _HEADER.pack(frame.time_us / 1000) + self._jpeg(frame.rgb)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _jpeg(self, rgb: codec.Rgb) -> bytes:
        height, width = rgb.shape[:2]
        if self._encoder is None or self._size != (width, height):
            self._encoder = codec.create_encoder("jpeg", width=width, height=height)
            self._size = (width, height)
        return self._encoder.encode(rgb, quality=_QUALITY).payload


class ReplaySocket:
    """Serves one browser; of requests that come while a picture is being decoded, the newest counts."""

    def __init__(self, socket: WebSocket, path: Path, config: ReplayConfig) -> None:
        self._socket = socket
        self._path = path
        self._config = config
        self._request: ReplayRequest | None = None
        self._changed = asyncio.Event()

    async def serve(self) -> None:
        """Run until the browser leaves, or sends what it should not."""
        await self._socket.accept()
        listening = asyncio.create_task(self._listen())
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await self._play(listening)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _play(self, listening: asyncio.Task[None]) -> None:
        reader = None
        try:
            reader = await asyncio.to_thread(PictureReader, self._path, self._config)
            await self._socket.send_text(await asyncio.to_thread(reader.begin))
            while not listening.done():
                await self._changed.wait()
                self._changed.clear()
                request, self._request = self._request, None
                if request is not None:
                    await self._answer(reader, request)
        except NarrowcastError as error:
            await self._send("error", text=str(error))
            await self._close(_NORMAL, "it cannot be played")
        finally:
            if reader is not None:
                reader.close()

    async def _answer(self, reader: PictureReader, request: ReplayRequest) -> None:
        picture = await asyncio.to_thread(reader.read, request)
        while reader.notices:
            await self._send("notice", text=reader.notices.pop(0))
        if picture is None:
            await self._send("end")
        else:
            await self._socket.send_bytes(picture)

    async def _listen(self) -> None:
        try:
            while True:
                self._request = parse_replay_request(await self._socket.receive_text())
                self._changed.set()
        except ReplayMessageError as error:
            await self._close(_POLICY_VIOLATION, str(error))
        except KeyError:  # bytes, where our page sends only text
            await self._close(_POLICY_VIOLATION, "needed text")
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._changed.set()

    async def _send(self, kind: str, **fields: str) -> None:
        await self._socket.send_text(json.dumps({"kind": kind, **fields}))

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(code, reason)
