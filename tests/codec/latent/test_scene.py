"""Tests of codec/latent/scene.py: averages where it stands still, cuts, and what is worth its bits."""

from __future__ import annotations

import torch
from torch import Tensor

from narrowcast.codec.latent.scene import MOST_FRAMES_AVERAGED, Scene, worth_sending

C = 8
STEP = torch.full((1, C, 1, 1), 40.0)


def _latents(seed: int, scale: float = 200.0) -> Tensor:
    return scale * torch.randn(1, C, 6, 9, generator=torch.Generator().manual_seed(seed))


def test_noise_is_averaged_out_where_the_scene_stands_still() -> None:
    scene, clean = Scene(), _latents(0)
    errors = []
    for seed in range(40):
        mean = scene.average(clean + _latents(100 + seed, scale=8.0), STEP)
        errors.append(float((mean - clean).square().mean().sqrt()))
    assert errors[0] > 7
    assert errors[-1] < 1.5 * errors[0] / MOST_FRAMES_AVERAGED**0.5


def test_what_moves_is_taken_as_it_is() -> None:
    scene, clean = Scene(), _latents(0)
    for _ in range(5):
        scene.average(clean, STEP)
    moved = clean.clone()
    moved[..., 2, 3] += 60
    moved[..., 4, 4] += 4
    mean = scene.average(moved, STEP)
    assert torch.equal(mean[..., 2, 3], moved[..., 2, 3])
    assert bool(((mean - clean)[..., 4, 4] < 1).all())
    assert torch.equal(scene.mean, mean)


def test_light_that_changes_slowly_is_followed() -> None:
    scene, clean = Scene(), _latents(0)
    for index in range(200):
        mean = scene.average(clean + index, STEP)
    assert float((mean - clean - 199).abs().max()) < 0.5 * float(STEP[0, 0])


def test_a_restart_forgets_the_mean() -> None:
    scene = Scene()
    scene.average(_latents(0), STEP)
    scene.restart()
    fresh = _latents(0) + 4
    assert torch.equal(scene.average(fresh, STEP), fresh)


def test_another_scene_is_a_cut_and_only_its_first_frame() -> None:
    scene, first, second = Scene(), _latents(0), _latents(1)
    shown = [first] * 6 + [second] * 6
    cuts = [scene.is_cut(y, reference_1, STEP) for reference_1, y in zip(shown, shown[1:], strict=False)]
    assert cuts == [index == 5 for index in range(11)]


def test_right_behind_a_keyframe_nothing_is_a_cut() -> None:
    scene, first, second = Scene(), _latents(0), _latents(1)
    assert not any(scene.is_cut(y, first, STEP) for y in (first, first, second))
    for _ in range(8):
        scene.is_cut(first, first, STEP)
    scene.restart()
    assert not scene.is_cut(second, first, STEP)


def test_pictures_that_all_differ_are_no_cuts() -> None:
    """Noise and the fastest motion: every frame is unlike the last; keyframes would cure nothing."""
    scene = Scene()
    assert not any(scene.is_cut(_latents(seed + 1), _latents(seed), STEP) for seed in range(10))


def test_a_change_of_a_few_latents_is_no_cut() -> None:
    scene, y = Scene(), _latents(0)
    changed = y.clone()
    changed[..., :3] = _latents(1)[..., :3]
    assert not scene.is_cut(y, y, STEP)
    assert not scene.is_cut(changed, y, STEP)


def test_black_is_no_cut_to_black() -> None:
    scene, black = Scene(), torch.zeros(1, C, 6, 9)
    assert not any(scene.is_cut(black, black, STEP) for _ in range(3))


def test_a_frame_is_worth_its_bits_where_it_comes_nearer_by_enough() -> None:
    reference_1 = torch.zeros(1, C, 6, 9)
    target = reference_1 + 0.6 * STEP
    near = reference_1 + STEP
    gain = reference_1.numel() * (0.6**2 - 0.4**2)
    assert worth_sending(target, reference_1, near, STEP, payload_bytes=int(gain / 0.928) - 1)
    assert not worth_sending(target, reference_1, near, STEP, payload_bytes=int(gain / 0.928) + 2)


def test_what_can_be_seen_is_sent_whatever_it_costs() -> None:
    reference_1 = torch.zeros(1, C, 6, 9)
    target = reference_1.clone()
    target[0, :, 3, 3] = 2 * STEP[0, :, 0, 0]
    assert worth_sending(target, reference_1, target, STEP, payload_bytes=100_000)
    assert not worth_sending(reference_1, reference_1, reference_1, STEP, payload_bytes=1)
