"""Tests of lab/entropy/symbols.py: what is read from payloads is what the encoder wrote, by any coder."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.names import Entropy
from narrowcast.lab.entropy.symbols import coded_clip, symbols_of
from tests.codec.sequences import moving
from tests.codec.tiny_model import tiny_encoder, tiny_exact


@pytest.mark.parametrize("entropy", ["range", "huffman", "lzw"])
def test_a_streams_symbols_are_read_frame_by_frame(entropy: Entropy) -> None:
    encoder, exact = tiny_encoder(64, 64, entropy=entropy), tiny_exact()
    payloads = [
        encoder.encode(rgb, quality=0.5, droppable=index == 2).payload
        for index, rgb in enumerate(moving(64, 64, 4))
    ]
    frames = symbols_of(payloads, exact, 64, 64)
    assert len(frames) == 4
    for passes in filter(None, frames):
        assert sum(part.values.size for part in passes) == 8 * 4 * 4
        assert all(part.values.shape == part.rows.shape for part in passes)


def test_a_still_scene_has_frames_without_symbols() -> None:
    encoder, exact = tiny_encoder(64, 64), tiny_exact()
    picture = moving(64, 64, 1)[0]
    frames = symbols_of([encoder.encode(picture, quality=0.5).payload for _ in range(4)], exact, 64, 64)
    assert frames[0] and not all(frames)


def test_the_shipped_model_codes_a_clip() -> None:
    clip = coded_clip(list(moving(64, 64, 2)), 0.5, threads=1)
    assert clip.values.size == clip.rows.size > 0 and clip.payload_bytes > 20
    assert np.abs(clip.values).max() > 0
