"""Tests of lab/transforms/learned.py: equal bits for all, and what single latents paint."""

from __future__ import annotations

import numpy as np

from narrowcast.lab.transforms.learned import equal_bits, impulse_responses
from tests.codec.picture_samples import camera_like


def test_no_codec_gets_more_bits_than_the_latents() -> None:
    rows = equal_bits(camera_like(128, 96), threads=1)
    for quality in {row.quality for row in rows}:
        learned, dct, jpeg = (row for row in rows if row.quality == quality)
        assert dct.payload_bytes <= learned.payload_bytes
        assert 0.9 * learned.payload_bytes < dct.payload_bytes
        assert jpeg.payload_bytes <= learned.payload_bytes or jpeg.payload_bytes == rows[2].payload_bytes
        assert all(row.picture.shape == (96, 128, 3) and row.psnr > 10 for row in (learned, dct, jpeg))


def test_a_latent_paints_in_the_middle_and_fades() -> None:
    responses = np.abs(impulse_responses(3)).sum(axis=3)
    assert responses.shape == (3, 80, 80)
    for response in responses:
        assert response[24:56, 24:56].mean() > 5 * response[:8].mean()
