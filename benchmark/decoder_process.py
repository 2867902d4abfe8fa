"""What a decoder in a process of its own would cost a frame: `python -m benchmark.decoder_process`.

Payloads go to the process through a pipe, pictures come back through shared memory with one byte on the pipe.
The same frames are decoded in this process too, in turn, and the times are compared frame by frame.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory

import numpy as np

import codec

SIZES = (640, 360), (1280, 720)
FRAMES = 150
END = b""


@dataclass(frozen=True, kw_only=True)
class DecoderCost:
    """Medians over the frames, in milliseconds."""

    inside_ms: float
    "decoding in this process"
    apart_ms: float
    "the way to the other process, decoding there, and the way back"
    added_ms: float
    "of the differences of the two"


class DecoderProcess:
    """The end of a decoder process that its user sees."""

    def __init__(self, connection: Connection, memory: SharedMemory, width: int, height: int) -> None:
        self._connection = connection
        self._picture = np.ndarray((height, width, 3), np.uint8, memory.buf)

    def decode(self, payload: bytes) -> codec.Rgb:
        """Have a payload decoded."""
        self._connection.send_bytes(payload)
        self._connection.recv_bytes()
        return self._picture.copy()

    def close(self) -> None:
        """End the process, and let go of the memory."""
        self._connection.send_bytes(END)
        del self._picture


@contextmanager
def decoder_process(name: str, width: int, height: int) -> Iterator[DecoderProcess]:
    """Run a decoder of one stream in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    memory = SharedMemory(create=True, size=width * height * 3)
    process = context.Process(target=_decode_all, args=(theirs, memory.name, name, width, height))
    try:
        process.start()
        decoder = DecoderProcess(ours, memory, width, height)
        yield decoder
        decoder.close()
        process.join()
    finally:
        process.kill()
        memory.close()
        memory.unlink()


def _decode_all(connection: Connection, memory_name: str, name: str, width: int, height: int) -> None:
    """Decode in the other process until the end is told."""
    memory = SharedMemory(memory_name)
    picture = np.ndarray((height, width, 3), np.uint8, memory.buf)
    decoder = codec.create_decoder(name, width=width, height=height, threads=1, restore="never")
    while (payload := connection.recv_bytes()) != END:
        np.copyto(picture, decoder.decode(payload))
        connection.send_bytes(b"\0")
    del picture
    memory.close()


def measure(name: str, width: int, height: int, frames: int = FRAMES) -> DecoderCost:
    """Decode frames of a moving picture here and in a process, in turn."""
    inside = codec.create_decoder(name, width=width, height=height, threads=1, restore="never")
    with decoder_process(name, width, height) as apart:
        times: list[tuple[float, float]] = []
        for payload in _payloads(name, width, height, frames):
            inside_s = _seconds(inside, payload)
            times.append((inside_s, _seconds(apart, payload)))
    return DecoderCost(
        inside_ms=1000 * statistics.median(inside_s for inside_s, _ in times),
        apart_ms=1000 * statistics.median(apart_s for _, apart_s in times),
        added_ms=1000 * statistics.median(apart_s - inside_s for inside_s, apart_s in times),
    )


def _seconds(decoder: codec.Decoder | DecoderProcess, payload: bytes) -> float:
    started = time.perf_counter()
    decoder.decode(payload)
    return time.perf_counter() - started


def _payloads(name: str, width: int, height: int, frames: int) -> list[bytes]:
    """Code a gradient that moves by two pixels a frame, with some noise on it."""
    encoder = codec.create_encoder(name, width=width, height=height, threads=1)
    noise = np.random.default_rng(0).integers(0, 24, (height, width + 2 * frames, 3))
    wide = noise + np.linspace(0, 220, width + 2 * frames)[None, :, None]
    pictures = (wide[:, 2 * number :][:, :width].astype(np.uint8) for number in range(frames))
    return [encoder.encode(rgb, keyframe=number == 0).payload for number, rgb in enumerate(pictures)]


def main() -> None:
    """Print a table."""
    print("| codec | size | here, ms | apart, ms | added p50, ms |\n|---|---|---|---|---|")
    for name in ("hybrid", "jpeg"):
        for width, height in SIZES:
            cost = measure(name, width, height)
            times = f"{cost.inside_ms:.2f} | {cost.apart_ms:.2f} | {cost.added_ms:.2f}"
            print(f"| {name} | {width}x{height} | {times} |", flush=True)


if __name__ == "__main__":
    main()
