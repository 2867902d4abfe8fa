"""Tests of codec/latent/refinement.py: what is saved, what is spent, and on which latents."""

from __future__ import annotations

import pytest
import torch

from narrowcast.codec.latent.refinement import (
    BITS_A_RESIDUAL,
    FRAMES_SAVED_UP,
    SAVED_SHARE,
    SMALLEST_DEAD_ZONE,
    Refinement,
    refined_level,
)

KEYFRAME_BYTES = 3200
STEP = torch.full((1, 4, 1, 1), 10.0)
REFERENCE = torch.zeros(1, 4, 32, 32)


def _saved(frames: int) -> Refinement:
    refinement = Refinement()
    refinement.keyframe_coded(KEYFRAME_BYTES)
    for _ in range(frames):
        refinement.save_share()
    return refinement


def test_refinement_is_due_when_enough_frames_stood_still() -> None:
    assert not _saved(FRAMES_SAVED_UP - 1).due()
    assert _saved(FRAMES_SAVED_UP).due()


def test_without_a_keyframe_nothing_is_saved() -> None:
    refinement = Refinement()
    refinement.save_share()
    assert not refinement.due()


def test_however_large_refinements_are_the_mean_keeps_to_the_share() -> None:
    refinement, spent, frames = _saved(0), 0, 2000
    for index in range(frames):
        refinement.save_share()
        if refinement.due():
            payload_bytes = 500 + 37 * index % 4000
            refinement.spend(payload_bytes)
            spent += payload_bytes
    assert spent / frames < 1.02 * SAVED_SHARE * KEYFRAME_BYTES  # but for the last refinement
    assert spent / frames > 0.9 * SAVED_SHARE * KEYFRAME_BYTES


def test_no_more_is_saved_than_two_refinements_cost() -> None:
    refinement = _saved(10_000)
    share = SAVED_SHARE * KEYFRAME_BYTES
    refinement.spend(int(2 * FRAMES_SAVED_UP * share))
    assert not refinement.due()


def test_the_latents_furthest_off_come_first_and_as_many_as_can_be_paid() -> None:
    refinement = _saved(FRAMES_SAVED_UP)
    payable = int(8 * FRAMES_SAVED_UP * SAVED_SHARE * KEYFRAME_BYTES / BITS_A_RESIDUAL)
    target = torch.arange(REFERENCE.numel()).view(REFERENCE.shape) % 4096 * 0.01  # 0 to 4 steps
    dead_zone = refinement.dead_zone(target, REFERENCE, STEP)
    assert dead_zone is not None and dead_zone > SMALLEST_DEAD_ZONE
    assert int((target.abs() / STEP >= dead_zone).sum()) == pytest.approx(payable, abs=2)


def test_few_candidates_are_rounded_plainly_and_very_few_wait() -> None:
    refinement, target = _saved(FRAMES_SAVED_UP), REFERENCE.clone()
    target.view(-1)[:300] = 6.0
    assert refinement.dead_zone(target, REFERENCE, STEP) == SMALLEST_DEAD_ZONE
    target.view(-1)[20:] = 4.0
    assert refinement.dead_zone(target, REFERENCE, STEP) is None


def test_a_finer_level_is_never_beyond_the_last() -> None:
    assert refined_level(0) > 0 and refined_level(100) > 100
    assert refined_level(250) == refined_level(255) == 255
