"""Tests of lab/mnist/comparison.py: bytes, scores and ranks of codecs on drawn digits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from narrowcast.codec.metrics.fidelity import SSIM_C1, SSIM_C2
from narrowcast.lab.mnist.comparison import (
    JPEG_QUALITIES,
    CodecRow,
    DigitScores,
    Judges,
    agreement,
    entropy_rows,
    judged,
    picture_rows,
    ssim,
)
from narrowcast.lab.mnist.networks import DigitDiscriminator, judge_network
from tests.lab.drawn_digits import drawn

DIGITS = drawn(50, 0)
torch.manual_seed(0)
JUDGES = Judges(classifier=judge_network().eval(), discriminator=DigitDiscriminator().eval())


def test_lossless_codecs_score_as_the_originals_and_lossy_ones_below() -> None:
    rows = list(picture_rows(DIGITS, JUDGES))
    by_codec = {row.codec: row for row in rows}
    for name in ("PNG", "WebP lossless"):
        assert by_codec[name].scores.psnr is None
        np.testing.assert_array_equal(by_codec[name].pictures, DIGITS.pictures)
    jpeg = [row for row in rows if row.codec == "JPEG"]
    assert len(jpeg) == len(JPEG_QUALITIES)
    sizes, qualities = [row.together for row in jpeg], [row.scores.psnr or 0 for row in jpeg]
    assert sizes == sorted(sizes) and qualities[0] < qualities[-1] and qualities[-1] > 30
    assert all(row.together < row.alone for row in rows), "one header for all is less than one for each"


def test_png_alone_is_the_file_that_opencv_writes() -> None:
    row = next(row for row in picture_rows(DIGITS.first(3), JUDGES) if row.codec == "PNG")
    sizes = [
        cv2.imencode(".png", digit, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].size for digit in DIGITS.pictures[:3]
    ]
    assert row.alone == pytest.approx(np.mean(sizes))


def test_huffman_and_lzw_keep_every_pixel_and_most_of_their_bytes() -> None:
    huffman, lzw = entropy_rows(drawn(100, 1), DIGITS, JUDGES)
    assert huffman.scores.psnr is lzw.scores.psnr is None
    assert 784 / 8 <= huffman.together <= huffman.alone < 784 / 2, "a bit a pixel at least"
    assert lzw.together < lzw.alone < 784 / 2


def test_ssim_is_one_for_equals_and_as_defined_for_others() -> None:
    blurred = cv2.GaussianBlur(DIGITS.pictures.reshape(-1, 28), (1, 5), 2)
    other = np.asarray(blurred.reshape(-1, 28, 28), np.uint8)
    assert ssim(DIGITS.pictures, DIGITS.pictures) == pytest.approx(np.ones(50))
    found = ssim(DIGITS.pictures, other)
    assert np.all(found < 1) and np.all(found > 0)
    flat = np.full((1, 28, 28), 100, np.uint8), np.full((1, 28, 28), 50, np.uint8)
    wanted = (2 * 100 * 50 + SSIM_C1) / (100**2 + 50**2 + SSIM_C1) * SSIM_C2 / SSIM_C2
    assert ssim(*flat)[0] == pytest.approx(wanted, abs=1e-4)


def test_scores_are_of_each_digit() -> None:
    half = DIGITS.pictures.copy()
    half[:25] = 0
    scores = judged(DIGITS, half, JUDGES)
    assert np.all(scores.mse[:25] > 0) and np.all(scores.mse[25:] == 0)
    assert set(scores.right) <= {0.0, 1.0} and len(np.unique(scores.score[:25])) == 1


def test_a_score_that_orders_as_the_error_does_agrees_fully() -> None:
    def row(error: float, right: float) -> CodecRow:
        scores = DigitScores(
            mse=np.full(4, error) + np.arange(4) / 10,
            ssim=np.full(4, 1 / error) - np.arange(4) / 100,
            right=np.array([right, 1, 0, 1]),
            score=-np.full(4, error) - np.arange(4) / 10,
        )
        return CodecRow(codec="x", setting="", alone=1, together=1, pictures=half, scores=scores)

    half = DIGITS.pictures[:4]
    found = {each.measure: each for each in agreement([row(9, 0), row(5, 0), row(2, 1)])}
    assert found["PSNR"].over_settings == found["PSNR"].over_digits == pytest.approx(1)
    assert found["accuracy"].over_settings == pytest.approx(0.87, abs=0.01)
