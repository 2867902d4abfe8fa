"""What decoding in a process of its own costs a frame: `python -m narrowcast.benchmark.decoder_process`.

The same frames are decoded in this process too, in turn, and the times are compared frame by frame.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import numpy as np

from narrowcast import codec

SIZES = (640, 360), (1280, 720)
FRAMES = 150


@dataclass(frozen=True, kw_only=True)
class DecoderCost:
    """Medians over the frames, in milliseconds."""

    inside_ms: float
    "decoding in this process"
    apart_ms: float
    "the way to the other process, decoding there, and the way back"
    added_ms: float
    "of the differences of the two"
    start_ms: float
    "from nothing to the first picture of the other process, which a receiver spends on other things"


def measure(name: str, width: int, height: int, frames: int = FRAMES) -> DecoderCost:
    """Decode frames of a moving picture here and in a process, in turn."""
    first, *payloads = _payloads(name, width, height, frames)
    inside = codec.create_decoder(name, width=width, height=height, threads=1, restore="never")
    inside.decode(first)
    started_s = time.perf_counter()
    apart = codec.create_decoder(
        name, width=width, height=height, threads=1, restore="never", decoder_process="auto"
    )
    apart.decode(first)
    start_s = time.perf_counter() - started_s
    times = [(_seconds(inside, payload), _seconds(apart, payload)) for payload in payloads]
    return DecoderCost(
        inside_ms=1000 * statistics.median(inside_s for inside_s, _ in times),
        apart_ms=1000 * statistics.median(apart_s for _, apart_s in times),
        added_ms=1000 * statistics.median(apart_s - inside_s for inside_s, apart_s in times),
        start_ms=1000 * start_s,
    )


def _seconds(decoder: codec.Decoder, payload: bytes) -> float:
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
    print("| codec | size | here p50, ms | apart p50, ms | added p50, ms | start, ms |")
    print("|---|---|---|---|---|---|")
    for name in ("hybrid", "jpeg"):
        for width, height in SIZES:
            cost = measure(name, width, height)
            times = f"{cost.inside_ms:.2f} | {cost.apart_ms:.2f} | {cost.added_ms:.2f} | {cost.start_ms:.0f}"
            print(f"| {name} | {width}x{height} | {times} |", flush=True)


if __name__ == "__main__":
    main()
