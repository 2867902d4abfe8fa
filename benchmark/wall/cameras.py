"""The cameras of `narrowcast bench wall`: chains of hybrid that were coded once, published again and again.

They go straight to the server, as relays would send them: what is measured are workers and wall.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress

import av
import cv2
import nats.errors
import numpy as np

from narrowcast import codec
from narrowcast.codec.api import BitBudget, Rgb
from narrowcast.fabric.connection import FabricConnection, connected
from narrowcast.fabric.names import frame_subject, keyframe_subject, state_subject
from narrowcast.fabric.records import MessageWriter
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.state import CameraState, pack_state
from narrowcast.fabric.stream import ensure_stream
from narrowcast.protocol import ArrivedFrame, StreamParameters
from narrowcast.runtime.common_settings import parse_size
from narrowcast.runtime.fabric_address import parse_fabric
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import OneLineParser, run_command
from narrowcast.sender.sources.spec import DEMO_CLIP

SCENES = 8
"Parts of the clip that are coded; cameras share them, each at a moment of its own."
BYTES_A_FRAME = 533.0
"64 kbit/s at 15 frames a second."
SILENT_EVERY, BLACK_EVERY = 67, 43
"Of so many cameras one stops when all are there, and one is black: the wall has something to tell."
_LIMITS = StreamLimits(keep_s=60.0)


def scenes(size: tuple[int, int], frames: int) -> list[list[bytes]]:
    """The payloads of each scene: a keyframe, and what follows it."""
    with av.open(str(DEMO_CLIP)) as clip:
        pictures = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in clip.decode(video=0)]
    return [_coded(_scene(pictures, number, frames), size) for number in range(SCENES)]


def _scene(pictures: list[Rgb], number: int, frames: int) -> list[Rgb]:
    """A crop of the clip, mirrored every second time; there and back, so that its end meets its beginning."""
    height, width = pictures[0].shape[:2]
    share = 0.55
    left = round((number % 4) / 3 * (1 - share) * width)
    top = round((number // 4) * (1 - share) * height)
    crop = (slice(top, top + round(share * height)), slice(left, left + round(share * width)))
    there = [picture[crop][:, :: -1 if number % 2 else 1] for picture in pictures[: (frames + 1) // 2]]
    return (there + there[::-1])[:frames]


def _coded(pictures: list[Rgb], size: tuple[int, int]) -> list[bytes]:
    encoder = codec.create_encoder("hybrid", width=size[0], height=size[1], threads=1)
    budget = BitBudget(bytes_a_frame=BYTES_A_FRAME)
    payloads = []
    for number, picture in enumerate(pictures):
        scaled = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        payloads.append(encoder.encode(scaled, keyframe=number == 0, budget=budget).payload)
    return payloads


class RecordedCamera:
    """One camera."""

    def __init__(self, number: int, payloads: list[bytes], stream: StreamParameters) -> None:
        self.name = f"cam-{number:03}"
        self.silent = number % SILENT_EVERY == SILENT_EVERY - 1
        self._payloads, self._stream = payloads, stream
        self._writer = MessageWriter()
        self._sequence = random.randrange(len(payloads)) - len(payloads)
        self._epoch = random.getrandbits(16)

    async def prepare(self, connection: FabricConnection) -> None:
        """Make its stream, and say what it sends."""
        await ensure_stream(connection, self.name, _LIMITS)
        await self.say(connection, linked=True, reason="")

    async def say(self, connection: FabricConnection, *, linked: bool, reason: str) -> None:
        """Tell how it is, as its relay would."""
        state = CameraState(stream=self._stream, linked=linked, ended=not linked, reason=reason)
        await connection.client.publish(state_subject(self.name), pack_state(state))

    def message(self) -> tuple[str, bytes] | None:
        """Subject and message of the next frame; None before the first keyframe."""
        place = self._sequence % len(self._payloads)
        now_us = time.time_ns() // 1000
        frame = ArrivedFrame(
            payload=self._payloads[place],
            sequence=self._sequence + len(self._payloads),
            epoch=self._epoch,
            keyframe=place == 0,
            droppable=False,
            chain_distance=1,
            quality=0.5,
            codec="hybrid",
            width=self._stream.width,
            height=self._stream.height,
            encode_us=0,
            capture_sender_us=now_us,
            send_sender_us=now_us,
            arrival_local_us=now_us,
            capture_local_us=now_us,
        )
        self._sequence += 1
        data = self._writer.pack(frame, "", now_us)
        subject = keyframe_subject(self.name) if place == 0 else frame_subject(self.name)
        return None if data is None else (subject, data)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cameras until SIGTERM; returns the exit status."""
    parser = OneLineParser(prog="narrowcast.benchmark.wall.cameras", description="Recorded cameras.")
    parser.add_argument("url", help="address of the server")
    parser.add_argument("--count", type=int, required=True, help="how many")
    parser.add_argument("--fps", type=float, required=True, help="frames a second of each")
    parser.add_argument("--size", type=parse_size, required=True, help="of their pictures")
    parser.add_argument("--healthy-s", type=float, required=True, help="how long all of them send")
    arguments = parser.parse_args(argv)
    return run_command(lambda: asyncio.run(_run(arguments)))


async def _run(arguments: Namespace) -> None:
    width, height = arguments.size
    frames = round(10 * arguments.fps)  # a keyframe every ten seconds, as a relay asks for
    recorded = scenes(arguments.size, frames)
    black = _coded([np.zeros((height, width, 3), np.uint8)] * frames, arguments.size)
    stream = StreamParameters(width=width, height=height, fps=arguments.fps, codec="hybrid")
    cameras = [
        RecordedCamera(
            number,
            black if number % BLACK_EVERY == BLACK_EVERY - 1 else recorded[number % SCENES],
            stream,
        )
        for number in range(arguments.count)
    ]
    with StopSignal() as stop:
        async with connected(parse_fabric(arguments.url), "cameras") as connection:
            for camera in cameras:
                await camera.prepare(connection)
            payload = [len(each) for scene in recorded for each in scene]
            line = {"event": "sending", "bytes_a_frame": round(sum(payload) / len(payload), 1)}
            print(json.dumps(line), flush=True)
            with suppress(nats.errors.ConnectionClosedError):  # the benchmark has stopped its server
                await _send(connection, cameras, arguments, stop)


async def _send(
    connection: FabricConnection, cameras: list[RecordedCamera], arguments: Namespace, stop: StopSignal
) -> None:
    """Publish every camera's frames, spread evenly over the interval between two of them."""
    begun_s = due_s = time.monotonic()
    slices = 10
    while not stop.requested and not connection.closed.is_set():
        if cameras and time.monotonic() - begun_s > arguments.healthy_s:
            for camera in [each for each in cameras if each.silent]:
                await camera.say(connection, linked=False, reason="the sender does not answer")
            cameras = [each for each in cameras if not each.silent]
            begun_s = float("inf")
        for part in range(slices):
            for camera in cameras[part::slices]:
                message = camera.message()
                if message is not None:
                    await connection.client.publish(*message)
            due_s = max(due_s + 1 / arguments.fps / slices, time.monotonic() - 0.5)
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
