"""The loss of generators: its parts on pictures where they are known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from narrowcast.codec.metrics.networks import WeightsMissingError
from narrowcast.codec.training.config import AdversarialConfig
from narrowcast.codec.training.pair_loss import PairLoss
from tests.codec.training.short_runs import ALONE

CONDITION = torch.zeros(1, 8, 4, 4)


WEIGHTS = {
    "coarse": "coarse_weight",
    "mse": "mse_weight",
    "perceptual": "perceptual_weight",
    "texture": "texture_weight",
    "lpips": "lpips_weight",
    "adversarial": "adversarial_weight",
    "flicker": "temporal_weight",
}
"Each part of the loss, and the setting of its weight."


def make_loss(weights_dir: Path | None, **weights: float) -> PairLoss:
    torch.manual_seed(0)
    config = AdversarialConfig(run_dir=Path(), cache_dir=Path(), weights_dir=weights_dir, **weights)  # type: ignore[arg-type]
    return PairLoss(config, CONDITION.shape[1], ALONE)


def pictures(seed: int = 0) -> Tensor:
    """A pair of pictures of which the upper half stands still, [2, 3, 64, 64]."""
    generator = torch.Generator().manual_seed(seed)
    pair = torch.rand(1, 3, 64, 64, generator=generator).repeat(2, 1, 1, 1)
    pair[1, :, 32:] = torch.rand(3, 32, 64, generator=generator)
    return pair


def test_a_perfect_reconstruction_leaves_the_adversarial_part_only(weights_dir: Path) -> None:
    rgb = pictures()
    _, parts = make_loss(weights_dir)(rgb, rgb.clone(), CONDITION, 1.0)
    assert parts.keys() == {"mse", "perceptual", "adversarial", "flicker"}
    assert parts["mse"] == parts["perceptual"] == parts["flicker"] == 0


def test_flicker_counts_only_where_the_source_stands_still(weights_dir: Path) -> None:
    loss, rgb = make_loss(weights_dir), pictures()
    changed_above, changed_below = rgb.clone(), rgb.clone()
    changed_above[1, :, :32] += 0.1
    changed_below[1, :, 32:] += 0.1
    assert loss(rgb, changed_below, CONDITION, 0.0)[1]["flicker"] == 0
    assert loss(rgb, changed_above, CONDITION, 0.0)[1]["flicker"] == pytest.approx(0.05, rel=1e-3)


def test_the_discriminator_takes_its_step_on_the_pictures_of_the_last_call(weights_dir: Path) -> None:
    loss, rgb = make_loss(weights_dir), pictures()
    out = (1 - rgb).requires_grad_()
    before = [parameter.clone() for parameter in loss.discriminator.parameters()]
    torch.autograd.backward(loss(rgb, out, CONDITION, 1.0)[0])
    assert out.grad is not None
    assert loss.discriminator_step().keys() == {"discriminator"}
    after = loss.discriminator.parameters()
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_lpips_is_a_part_where_it_has_a_weight(weights_dir: Path) -> None:
    rgb = pictures()
    _, parts = make_loss(weights_dir, lpips_weight=1.0)(rgb, 1 - rgb, CONDITION, 0.0)
    assert parts["lpips"] > 0


def test_lpips_looks_at_cuts_of_current_pictures(weights_dir: Path) -> None:
    rgb = pictures().repeat_interleave(3, dim=0)
    out = rgb.clone()
    out[:3] = 0  # the previous ones
    loss = make_loss(weights_dir, lpips_weight=1.0)
    condition = CONDITION.repeat(3, 1, 1, 1)
    assert loss(rgb, out, condition, 0.0)[1]["lpips"] == 0
    out[3:, :, 32:] = 0
    assert loss(rgb, out, condition, 0.0)[1]["lpips"] > 0


@pytest.mark.parametrize("left_out", list(WEIGHTS))
def test_each_part_is_left_out_by_the_weight_0(left_out: str, weights_dir: Path) -> None:
    weights = {weight: float(name != left_out) for name, weight in WEIGHTS.items()}
    rgb = pictures()
    loss, parts = make_loss(weights_dir, **weights)(rgb, (1 - rgb).requires_grad_(), CONDITION, 1.0)
    assert parts.keys() == WEIGHTS.keys() - {left_out}
    assert float(loss.detach()) == pytest.approx(sum(parts.values()), rel=1e-5)


def test_what_no_part_looks_through_is_not_loaded() -> None:
    none = {weight: 0.0 for name, weight in WEIGHTS.items() if name not in ("coarse", "mse")}
    loss, rgb = make_loss(None, **none), pictures()
    assert loss(rgb, 1 - rgb, CONDITION, 1.0)[1].keys() == {"mse"}
    assert loss.discriminator_step() == {}


def test_without_a_folder_of_weights_the_option_is_named() -> None:
    config = AdversarialConfig(run_dir=Path("unused"), cache_dir=Path("unused"))
    with pytest.raises(WeightsMissingError, match="needs efficientnet_lite0.*use weights="):
        PairLoss(config, 8, ALONE)
