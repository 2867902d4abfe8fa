"""Tests of lab/transforms/dct.py: the formula, its inverse, what is kept, the quantiser beside libjpeg."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.lab.transforms.dct import (
    LUMA_TABLE,
    at_bits,
    basis,
    block_dct,
    ideal_bits,
    inverse_block_dct,
    jpeg_steps,
    keep_largest,
    quantised,
    to_picture,
    to_planes,
)
from tests.codec.picture_samples import camera_like

RGB = camera_like(96, 64)


def test_the_transform_is_the_formula() -> None:
    block = np.random.default_rng(0).normal(size=(8, 8))
    found = block_dct(block[None])[0, 0, 0]
    for u, v in ((0, 0), (1, 0), (3, 5), (7, 7)):
        scale = math.prod(math.sqrt((1 if w == 0 else 2) / 8) for w in (u, v))
        total = sum(
            block[i, j] * math.cos((2 * i + 1) * u * math.pi / 16) * math.cos((2 * j + 1) * v * math.pi / 16)
            for i in range(8)
            for j in range(8)
        )
        assert found[u, v] == pytest.approx(scale * total)


def test_it_loses_nothing_and_keeps_the_energy() -> None:
    planes = to_planes(RGB)
    blocks = block_dct(planes)
    assert np.allclose(inverse_block_dct(blocks), planes)
    assert np.square(blocks).sum() == pytest.approx(np.square(planes).sum())
    assert psnr(RGB, [to_picture(planes)])[0] > 45, "only the way to luma and chroma rounds"


def test_the_patterns_are_orthonormal() -> None:
    patterns = basis().reshape(64, 64)
    assert np.allclose(patterns @ patterns.T, np.eye(64))


def test_more_coefficients_are_nearer() -> None:
    planes = to_planes(RGB)
    blocks = block_dct(planes)
    scores = []
    for share in (0.01, 0.1, 0.5):
        kept = keep_largest(blocks, share)
        assert np.count_nonzero(kept) == pytest.approx(share * blocks.size, rel=0.02)
        scores.append(float(np.square(inverse_block_dct(kept) - planes).mean()))
    assert scores == sorted(scores, reverse=True)


def test_the_steps_scale_as_libjpegs() -> None:
    assert np.array_equal(jpeg_steps(50), LUMA_TABLE)
    assert jpeg_steps(25)[0, 0] == 32 and jpeg_steps(75)[0, 0] == 8
    assert jpeg_steps(100).max() == 1 and jpeg_steps(1).max() == 255


@pytest.mark.parametrize("quality", [10, 50, 90])
def test_done_by_hand_the_picture_is_libjpegs(quality: int) -> None:
    grey = np.asarray(cv2.cvtColor(RGB, cv2.COLOR_RGB2GRAY))
    steps = jpeg_steps(quality)
    levels = quantised(block_dct(grey[None].astype(np.float64) - 128), steps)
    ours = np.clip(np.rint(inverse_block_dct((levels * steps).astype(np.float64)) + 128), 0, 255)[0]
    file = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    theirs = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.float64)
    assert np.abs(ours - theirs).mean() < 0.3


def test_the_one_step_needs_at_most_the_bits_it_may() -> None:
    blocks = block_dct(to_planes(RGB))
    coarse, few = at_bits(blocks, 4000)
    fine, many = at_bits(blocks, 12_000)
    assert 3500 < few <= 4000 < 11_000 < many <= 12_000
    assert np.square(fine - blocks).sum() < np.square(coarse - blocks).sum()
    assert ideal_bits(np.zeros(blocks.shape, np.int64)) == 0
