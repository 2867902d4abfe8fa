"""The viewers of `narrowcast bench fabric`: connections that only note when each frame came.

A connection of the NATS client costs ten times as much; a thousand of them would measure themselves. These
read just the part of the protocol that a subscriber gets.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from urllib.parse import urlsplit

from narrowcast.fabric.names import video_subjects
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import OneLineParser, run_command

_CONNECT = b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"lang":"crowd","version":"1"}\r\n'
_MESSAGE_ID = b"Nats-Msg-Id: "
_TIME = struct.Struct("<Q")
_TIME_PLACE = 34
"Of the time of capture, in a frame that is no keyframe; see receiver/recording/payload_records.py."
_LOOK_S = 0.05


class LightViewer(asyncio.Protocol):
    """One viewer."""

    def __init__(self, camera: str, ages_us: list[int]) -> None:
        """Watch a camera; `ages_us` takes how old each frame was when it came."""
        self.frames = self.gaps = 0
        self.closed = False
        self._camera = camera
        self._ages_us = ages_us
        self._data = bytearray()
        self._last: int | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Subscribe."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_CONNECT + f"SUB {video_subjects(self._camera)} 1\r\nPING\r\n".encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has cut it, or the benchmark is over."""
        self.closed = True

    def stall(self) -> None:
        """Read nothing from now on."""
        assert self._transport is not None
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Take whole messages."""
        self._data += data
        while (end := self._data.find(b"\r\n")) >= 0:
            words = bytes(self._data[:end]).split()
            if words[:1] in ([b"MSG"], [b"HMSG"]):
                start, length = end + 2, int(words[-1])
                if len(self._data) < start + length + 2:
                    return
                header = int(words[-2]) if words[0] == b"HMSG" else 0
                self._take(bytes(self._data[start : start + length]), header, words[1].endswith(b".k"))
                end = start + length
            elif words[:1] == [b"PING"]:
                assert self._transport is not None
                self._transport.write(b"PONG\r\n")
            del self._data[: end + 2]

    def _take(self, message: bytes, header: int, keyframe: bool) -> None:
        self.frames += 1
        place = message.find(_MESSAGE_ID, 0, header)
        number = int(message[place:header].split(b":")[2].split()[0])
        if self._last is not None and number != self._last + 1:
            self.gaps += 1
        self._last = number
        if not keyframe:
            taken_us = _TIME.unpack_from(message, header + _TIME_PLACE)[0]
            self._ages_us.append(time.time_ns() // 1000 - taken_us)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the viewers until SIGTERM; returns the exit status."""
    parser = OneLineParser(prog="narrowcast.benchmark.fabric.crowd", description="Viewers that only count.")
    parser.add_argument("url", help="address of the server")
    parser.add_argument("camera", help="what they watch")
    parser.add_argument("--count", type=int, required=True, help="how many")
    parser.add_argument("--stalled", type=int, default=0, help="how many more that do not read")
    arguments = parser.parse_args(argv)
    return run_command(lambda: asyncio.run(_run(arguments)))


async def _run(arguments: Namespace) -> None:
    ages_us: list[int] = []
    loop, server = asyncio.get_running_loop(), urlsplit(arguments.url)

    async def connect() -> LightViewer:
        _, viewer = await loop.create_connection(
            lambda: LightViewer(arguments.camera, ages_us), server.hostname, server.port
        )
        return viewer

    with StopSignal() as stop:
        viewers = [await connect() for _ in range(arguments.count)]
        stalled = [await connect() for _ in range(arguments.stalled)]
        for viewer in stalled:
            viewer.stall()
        reported, begun_s = False, time.monotonic()
        while not stop.requested:
            if not reported and all(viewer.frames for viewer in viewers):
                reported, begun_s = True, time.monotonic()
                ages_us.clear()
                for viewer in viewers:
                    viewer.frames = viewer.gaps = 0
                print(json.dumps({"event": "watching"}), flush=True)
            await asyncio.sleep(_LOOK_S)
    seen = {
        "event": "seen",
        "seconds": time.monotonic() - begun_s,
        "ages_us": ages_us,
        "frames": sum(viewer.frames for viewer in viewers),
        "gaps": sum(viewer.gaps for viewer in viewers),
        "cut": sum(viewer.closed for viewer in viewers),
    }
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    sys.exit(main())
