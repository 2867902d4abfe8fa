"""How crisp a picture is, and what that means for the generator."""

from __future__ import annotations

import cv2
import numpy as np

from codec.hybrid.detail import fine_detail
from codec.hybrid.restoration import COARSE, STRENGTH_CRISP, STRENGTH_SOFT, restoration_strength


def test_crisp_sources_get_more_of_the_residual() -> None:
    rng = np.random.default_rng(0)
    crisp = rng.integers(0, 256, (96, 128, 3), dtype=np.uint8)
    soft = np.asarray(cv2.resize(crisp[:24, :32], (128, 96), interpolation=cv2.INTER_CUBIC), np.uint8)
    flat = np.full((96, 128, 3), 9, np.uint8)
    assert 1.0 >= fine_detail(crisp) > 0.5 > 0.3 > fine_detail(soft) > fine_detail(flat) == 0.0
    assert restoration_strength(fine_detail(crisp), 1.0) == STRENGTH_CRISP
    assert restoration_strength(fine_detail(soft), 1.0) == STRENGTH_SOFT
    assert restoration_strength(fine_detail(flat), 1.0) == STRENGTH_SOFT


def test_what_was_coded_finely_needs_little() -> None:
    strengths = [restoration_strength(0.5, quantiser) for quantiser in (0.0, COARSE / 2, COARSE, 1.0)]
    assert strengths == [0.0, STRENGTH_CRISP / 2, STRENGTH_CRISP, STRENGTH_CRISP]
