"""The auto codec with the shipped networks and a real video encoder: a scene that stands still, then pans."""

from __future__ import annotations

import cv2
import numpy as np

from narrowcast import codec
from narrowcast.codec.api import EncodedFrame, Rgb
from narrowcast.codec.auto import MIN_SAVING_BITS, PROBE_FRAMES, PROBE_PERIOD
from tests.codec.sequences import moving, still

WIDTH, HEIGHT, QUALITY = 192, 128, 0.4
TURN = 2 * PROBE_PERIOD
"""Frames that stand still, and as many that pan: a trial of the other codec in each."""

MAX_BREAK_DB = 1.0


def coded(name: str, pictures: list[Rgb]) -> tuple[list[EncodedFrame], list[float]]:
    """Code and decode; return the frames and how good their pictures are, in dB."""
    encoder = codec.create_encoder(name, width=WIDTH, height=HEIGHT)
    decoder = codec.create_decoder(name, width=WIDTH, height=HEIGHT)
    frames = [encoder.encode(rgb, quality=QUALITY) for rgb in pictures]
    psnr = [cv2.PSNR(rgb, decoder.decode(f.payload)) for rgb, f in zip(pictures, frames, strict=True)]
    return frames, psnr


def inter_bits(frames: list[EncodedFrame]) -> float:
    return float(np.mean([frame.bits for frame in frames if not frame.keyframe]))


def test_auto_costs_no_more_than_the_better_codec_and_never_shows_a_break() -> None:
    pictures = [*still(WIDTH, HEIGHT, TURN), *moving(WIDTH, HEIGHT, TURN)]
    frames, psnr = coded("auto", pictures)
    alone = {name: coded(name, pictures) for name in ("gan", "hybrid")}
    settled = PROBE_PERIOD + PROBE_FRAMES + 1  # one trial after the scene has changed
    for scene in (slice(settled, TURN), slice(TURN + settled, 2 * TURN)):
        cheaper = min(inter_bits(kept[scene]) for kept, _ in alone.values())
        assert inter_bits(frames[scene]) < 1.3 * cheaper + MIN_SAVING_BITS
    assert {frame.note.split(":")[0] for frame in frames} <= {"gan", "hybrid"}
    worse = np.min([qualities for _, qualities in alone.values()], axis=0)
    assert np.all(np.array(psnr) > worse - MAX_BREAK_DB), "worse than either codec throughout"
