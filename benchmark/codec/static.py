"""A camera that stands still: one photo under fresh sensor noise, what it costs and how it looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from narrowcast.codec import Decoder, Encoder, Rgb
from narrowcast.codec.metrics.fidelity import psnr

FIRST_COMPARED = 9
"""The tenth frame: PSNR of the last must not be lower."""

SKIP_BYTES = 3
"""A frame in which nothing is sent is a header."""


@dataclass(frozen=True, kw_only=True)
class StaticResult:
    """What the static camera's stream was like."""

    frames: int
    "how many"
    noise: float
    "sigma of the sensor noise, in levels"
    keyframe_bytes: int
    "of the first frame"
    mean_bytes: float
    "of the frames after the first second"
    largest_bytes: int
    "among these"
    skipped: int
    "how many of these were a header only"
    psnr_tenth: float
    "dB against the noisy picture"
    psnr_last: float
    "dB against the noisy picture"
    psnr_tenth_clean: float
    "dB against the photo itself"
    psnr_last_clean: float
    "dB against the photo itself"


def noisy(photo: Rgb, sigma: float, frames: int) -> Iterator[Rgb]:
    """Yield the photo under noise, another one each frame, the same ones each run."""
    rng = np.random.default_rng(0)
    for _ in range(frames):
        values = np.rint(photo + rng.normal(0, sigma, photo.shape))
        yield np.asarray(values.clip(0, 255), np.uint8)


def measure_static(
    photo: Rgb, encoder: Encoder, decoder: Decoder, *, quality: float, noise: float, frames: int, fps: float
) -> StaticResult:
    """Stream the photo; frames at `fps` say where the first second ends."""
    sizes: list[int] = []
    scores: list[tuple[float, float]] = []
    for index, picture in enumerate(noisy(photo, noise, frames)):
        payload = encoder.encode(picture, quality=quality).payload
        shown = decoder.decode(payload)
        sizes.append(len(payload))
        if index in (min(FIRST_COMPARED, frames - 1), frames - 1):
            scores.append((psnr(picture, [shown])[0], psnr(photo, [shown])[0]))
    later = sizes[min(round(fps), frames - 1) :]
    return StaticResult(
        frames=frames,
        noise=noise,
        keyframe_bytes=sizes[0],
        mean_bytes=sum(later) / len(later),
        largest_bytes=max(later),
        skipped=sum(size == SKIP_BYTES for size in later),
        psnr_tenth=scores[0][0],
        psnr_last=scores[-1][0],
        psnr_tenth_clean=scores[0][1],
        psnr_last_clean=scores[-1][1],
    )
