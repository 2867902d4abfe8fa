"""The cameras of `narrowcast bench fabric`: real sessions and sockets, whose frames are made of nothing.

All in one process and one loop: two hundred of them cost a machine of two cores little.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from argparse import Namespace
from collections.abc import Sequence

from narrowcast.fabric.link_loop import LinkLoop
from narrowcast.protocol import (
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import OneLineParser, run_command

KEYFRAME_TIMES = 10
"A keyframe is so many times as long as any other frame."


class LightCamera:
    """One sender: gives a frame of random bytes whenever one is due and wanted."""

    def __init__(self, fps: float, payload_bytes: int) -> None:
        stream = StreamParameters(width=640, height=360, fps=fps, codec="hybrid")
        self._session = SenderSession(
            SenderSessionConfig(stream=stream, epoch=random.getrandbits(16), instance=random.getrandbits(63))
        )
        transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
        self.url = transport.url
        "where it listens"
        self._link = LinkLoop(self._session, transport, lambda: None)
        self._payload = random.randbytes(KEYFRAME_TIMES * payload_bytes)
        self._payload_bytes = payload_bytes
        self._interval_s = 1 / fps

    async def run(self, stop: StopSignal) -> None:
        """Send until the stop."""
        due_s = time.monotonic() + random.random() * self._interval_s
        while not stop.requested:
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            due_s = max(due_s + self._interval_s, time.monotonic())
            self._send()
        self._link.say_goodbye("the benchmark is over")
        await asyncio.sleep(0.1)
        self._link.close()

    def _send(self) -> None:
        now = now_us()
        self._session.events()
        grant = self._session.grant(now)
        if grant is None:
            return
        payload = self._payload if grant.keyframe else self._payload[: self._payload_bytes]
        self._session.begin(grant)
        frame = grant.frame(payload=payload, keyframe=grant.keyframe, capture_sender_us=now)
        self._session.send_frame(grant, frame, now)
        self._link.wake()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cameras until SIGTERM; returns the exit status."""
    parser = OneLineParser(
        prog="narrowcast.benchmark.fabric.cameras", description="Senders that code nothing."
    )
    parser.add_argument("--count", type=int, required=True, help="how many")
    parser.add_argument("--fps", type=float, required=True, help="frames a second of each")
    parser.add_argument("--payload-bytes", type=int, required=True, help="of a frame")
    arguments = parser.parse_args(argv)
    return run_command(lambda: asyncio.run(_run(arguments)))


async def _run(arguments: Namespace) -> None:
    with StopSignal() as stop:
        cameras = [LightCamera(arguments.fps, arguments.payload_bytes) for _ in range(arguments.count)]
        print(json.dumps({"event": "listening", "urls": [camera.url for camera in cameras]}), flush=True)
        await asyncio.gather(*(camera.run(stop) for camera in cameras))


if __name__ == "__main__":
    sys.exit(main())
