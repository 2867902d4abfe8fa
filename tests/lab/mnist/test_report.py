"""Tests of lab/mnist/report.py: who wins with fewer bytes, and who never gets there."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.lab.mnist.comparison import CodecRow, DigitScores
from narrowcast.lab.mnist.report import verdicts


def row(codec: str, alone: float, together: float, accuracy: float) -> CodecRow:
    right = (np.arange(100) < 100 * accuracy).astype(np.float64)
    zeros = np.zeros(100)
    scores = DigitScores(mse=zeros, ssim=zeros, right=right, score=zeros)
    return CodecRow(
        codec=codec, setting="", alone=alone, together=together, pictures=np.zeros(0, np.uint8), scores=scores
    )


@pytest.mark.parametrize(
    ("others", "outcome"),
    [
        ([(200, 30, 0.96), (300, 60, 0.99)], "GAN wins: 6.0 times fewer bytes"),
        ([(200, 30, 0.96)], "never as accurate"),
        ([(12, 5, 0.99)], "GAN loses"),
        ([(200, 5, 0.99)], "each wins once"),
    ],
)
def test_the_verdict_counts_only_settings_that_are_as_accurate(
    others: list[tuple[float, float, float]], outcome: str
) -> None:
    gan = row("GAN codec", 16, 10, 0.97)
    rows = [gan, *(row("JPEG", *each) for each in others)]
    (found,) = verdicts(rows, gan)
    assert found.codec == "JPEG" and found.outcome == outcome
