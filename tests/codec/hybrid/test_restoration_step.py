"""Tests of codec/hybrid/restoration_step.py: it paints as the generator, holds what stands still."""

from __future__ import annotations

import torch

from narrowcast.codec.hybrid.base_format import AV1
from narrowcast.codec.hybrid.conditions import conditions
from narrowcast.codec.hybrid.restoration import CELL, memory_of
from narrowcast.codec.hybrid.restoration_step import HELD, STILL_SLOPE, RestorationStep, held_share
from tests.codec.tiny_restoration import tiny_restoration

HEIGHT, WIDTH = 32, 48


def planes(picture: torch.Tensor) -> torch.Tensor:
    return picture.permute(2, 0, 1)[None]


def test_it_paints_what_the_generator_does() -> None:
    torch.manual_seed(1)
    restoration = tiny_restoration()
    base, noise = torch.rand(HEIGHT, WIDTH, 3), torch.randn(4, HEIGHT, WIDTH, 3)
    last_base, moved_base, moved_painted, last_shown = base + 0.03 * noise
    told = torch.tensor([conditions(AV1, 60, 0, keyframe=False, detail=0.4)])
    with torch.inference_mode():
        memory = memory_of(planes(base), planes(moved_painted))
        residual = restoration(planes(base), planes(moved_base), memory, restoration.gain(told))[0]
        step = RestorationStep(restoration).eval()
        pictures = base, last_base, moved_base, moved_painted, last_shown
        painted, shown, pixels = step(*pictures, told, torch.tensor([1.5, 0.0]))
    residual = residual.permute(1, 2, 0)
    assert residual.abs().max() > 0.01
    torch.testing.assert_close(painted, base + residual, atol=1e-6, rtol=0)
    torch.testing.assert_close(shown, base + 1.5 * residual, atol=1e-6, rtol=0)
    torch.testing.assert_close(pixels, (shown * 255 + 0.5).clamp(0, 255).to(torch.uint8))


def test_what_stands_still_is_held_and_what_moves_is_not() -> None:
    base = torch.full((1, CELL, 3, CELL, 3), 0.5)
    last_base = base.clone()
    last_base[:, :, 1] += 0.5 / STILL_SLOPE  # the second cell changed a little, the third much
    last_base[:, :, 2] += 2 / STILL_SLOPE
    held = held_share(base, last_base)[0, 0, :, 0, 0]
    torch.testing.assert_close(held, torch.tensor([HELD, HELD / 2, 0.0]))


def test_what_was_shown_before_stays_only_where_there_was_something() -> None:
    step = RestorationStep(tiny_restoration(strength=0.0)).eval()
    base, white = torch.full((CELL * 4, CELL * 4, 3), 0.5), torch.ones(CELL * 4, CELL * 4, 3)
    told = torch.tensor([conditions(AV1, 60, 0, keyframe=False, detail=0.4)])
    with torch.inference_mode():
        _, first, _ = step(base, base, base, base, white, told, torch.tensor([1.0, 0.0]))
        _, later, _ = step(base, base, base, base, white, told, torch.tensor([1.0, 1.0]))
    torch.testing.assert_close(first, base)
    torch.testing.assert_close(later, torch.full_like(base, 0.5 + HELD * 0.5))
