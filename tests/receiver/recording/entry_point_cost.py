"""Prints what an entry point every ten seconds costs a thin stream: the table of docs/recording.md."""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass

import numpy as np

from narrowcast import codec
from narrowcast.benchmark.clips import load_clip
from narrowcast.codec.api import BitBudget
from narrowcast.codec.latent.decoder import LatentDecoder
from narrowcast.sender.sources.spec import DEMO_CLIP

WIDTH, HEIGHT, FPS = 640, 360, 15
SECONDS = 32
RATES_KBPS = (32, 64, 128)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A stream with keyframes at an interval."""

    psnr_db: float
    "mean of the pictures behind the first second"
    kbps: float
    "of all payloads behind the first keyframe"
    keyframe_bytes: float
    "mean of those behind the first"
    inter_bytes: float
    "mean"
    state_bytes: float | None
    "of the latent codec's reference state, deflated, where an entry point would be; None for other codecs"


def clip() -> list[codec.Rgb]:
    """The demo clip to and fro: without a cut, at which an encoder makes a keyframe of its own accord."""
    frames = load_clip(DEMO_CLIP, width=WIDTH, height=HEIGHT, fps=FPS, max_frames=10 * FPS).frames
    there_and_back = [*frames, *frames[-2:0:-1]]
    return (there_and_back * 4)[: SECONDS * FPS]


def state_bytes(decoder: LatentDecoder) -> int:
    """How long the state would be in a file from which decoding goes on without a keyframe."""
    state = decoder._state
    assert state is not None
    integers = np.stack([state.reference_1.numpy(), state.reference_2.numpy() - state.reference_1.numpy()])
    return len(zlib.compress(integers.astype("<i2").tobytes(), 9))


def measure(codec_name: str, kbps: float, every: int, frames: list[codec.Rgb]) -> Cost:
    """Code SECONDS of the clip with a keyframe every so many frames."""
    encoder = codec.create_encoder(codec_name, width=WIDTH, height=HEIGHT, threads=1)
    decoder = codec.create_decoder(codec_name, width=WIDTH, height=HEIGHT, threads=1, restore="never")
    budget = BitBudget(bytes_a_frame=1000 * kbps / 8 / FPS)
    keys: list[int] = []
    inters: list[int] = []
    errors: list[float] = []
    states: list[int] = []
    for number, rgb in enumerate(frames):
        encoded = encoder.encode(rgb, quality=0.3, keyframe=number % every == 0, budget=budget)
        shown = decoder.decode(encoded.payload)
        (keys if encoded.keyframe else inters).append(len(encoded.payload))
        if number >= FPS:
            errors.append(float(np.mean((shown.astype(np.float32) - rgb) ** 2)))
        if isinstance(decoder, LatentDecoder) and number and number % (10 * FPS) == 0:
            states.append(state_bytes(decoder))
    return Cost(
        psnr_db=float(np.mean([10 * np.log10(255**2 / error) for error in errors])),
        kbps=8e-3 * (sum(keys[1:]) + sum(inters)) / SECONDS,
        keyframe_bytes=float(np.mean(keys[1:] or keys)),
        inter_bytes=float(np.mean(inters)),
        state_bytes=float(np.mean(states)) if states else None,
    )


def main() -> None:
    """Print a row for each codec, rate and interval."""
    frames = clip()
    print("| codec | rate, kbit/s | keyframe every | kbit/s | PSNR, dB | keyframe | inter frame | state |")
    print("|---|---|---|---|---|---|---|---|")
    for codec_name in sys.argv[1:] or ("hybrid", "gan"):
        for kbps in RATES_KBPS if codec_name == "hybrid" else RATES_KBPS[1:2]:
            for seconds in (10_000, 10, 5):
                cost = measure(codec_name, kbps, seconds * FPS, frames)
                every = "never" if seconds == 10_000 else f"{seconds} s"
                state = "" if cost.state_bytes is None else f"{cost.state_bytes / 1000:.1f} kB"
                print(
                    f"| {codec_name} | {kbps} | {every} | {cost.kbps:.1f} | {cost.psnr_db:.2f} | "
                    f"{cost.keyframe_bytes / 1000:.1f} kB | {cost.inter_bytes:.0f} B | {state} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
