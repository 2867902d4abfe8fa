"""Tests of codec/hybrid/conditions.py: what the generator is told, and how much of its residual is shown."""

from __future__ import annotations

import pytest

from narrowcast.codec.hybrid.base_format import AV1, H264
from narrowcast.codec.hybrid.conditions import COARSE, STRENGTH_CRISP, conditions, restoration_strength


def test_the_quantiser_is_told_from_0_at_its_best_to_1_at_its_worst() -> None:
    best = conditions(AV1, AV1.crf_best, 1, keyframe=False, detail=0.4)
    worst = conditions(H264, H264.crf_worst, 0, keyframe=True, detail=0.6)
    assert best == [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    assert worst == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0])


def test_what_was_coded_finely_needs_little() -> None:
    strengths = [restoration_strength(0.5, quantiser) for quantiser in (0.0, COARSE / 2, COARSE, 1.0)]
    assert strengths == [0.0, STRENGTH_CRISP / 2, STRENGTH_CRISP, STRENGTH_CRISP]
