"""Tests of lab/mnist/coverage.py: a collapsed generator is found and named, a good one is not."""

from __future__ import annotations

import torch

from narrowcast.lab.mnist.coverage import sample_quality

GENERATOR = torch.Generator().manual_seed(0)
CENTRES = 10 * torch.randn(10, 16, generator=GENERATOR)


def features(count: int, classes: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Features around the centres of some classes, and the classes."""
    chosen = torch.tensor(classes)[torch.randint(len(classes), (count,), generator=GENERATOR)]
    return CENTRES[chosen] + torch.randn(count, 16, generator=GENERATOR), chosen


def test_samples_like_the_real_ones_cover_them() -> None:
    real, _ = features(400, list(range(10)))
    quality = sample_quality(real, *features(400, list(range(10))))
    assert quality.coverage > 0.9 and 0.7 < quality.density < 1.4
    assert quality.warning == "" and quality.forgotten == ()


def test_one_digit_again_and_again_is_a_collapse() -> None:
    real, classes = features(400, list(range(10)))
    one = real[:1].repeat(400, 1) + 1e-3 * torch.randn(400, 16, generator=GENERATOR)
    quality = sample_quality(real, one, classes[:1].repeat(400))
    assert quality.coverage < 0.05 and quality.density > 0.5, "dense, and covers next to nothing"
    assert quality.warning.startswith("mode collapse: the samples cover")
    assert len(quality.forgotten) == 9


def test_a_forgotten_class_is_named_although_the_rest_is_covered() -> None:
    real, _ = features(400, list(range(10)))
    quality = sample_quality(real, *features(400, [0, 1, 2, 3, 4, 5, 6, 8, 9]))
    assert quality.coverage > 0.7
    assert "hardly ever paints 7" in quality.warning


def test_noise_covers_nothing_and_is_no_collapse() -> None:
    real, classes = features(400, list(range(10)))
    quality = sample_quality(real, 300 + torch.randn(400, 16, generator=GENERATOR), classes)
    assert quality.coverage == quality.density == 0 and quality.warning.startswith("poor samples")
