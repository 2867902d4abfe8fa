"""The synthesis stage through the real loop on a tiny model: what it moves, and what it leaves alone."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from narrowcast.codec.metrics.networks import WeightsMissingError
from narrowcast.codec.training.checkpoints import averaged_weights
from narrowcast.codec.training.config import SynthesisConfig
from narrowcast.codec.training.losses import AdversarialKind
from narrowcast.codec.training.plan import TINY_LATENT
from narrowcast.codec.training.synthesis import SynthesisStage
from tests.codec.training.short_runs import ALONE, run


@pytest.mark.parametrize("kind", ["hinge", "non_saturating", "wgan_gp"])
def test_only_synthesis_and_discriminator_move(
    kind: AdversarialKind,
    stills_run: Path,
    predictor_run: Path,
    cache_dir: Path,
    weights_dir: Path,
    tmp_path: Path,
) -> None:
    config = SynthesisConfig(
        run_dir=tmp_path / "synthesis",
        cache_dir=cache_dir,
        weights_dir=weights_dir,
        batch=2,
        crop=64,
        adversarial=kind,
        adversarial_warmup=0.1,
    )
    stage = SynthesisStage(config, TINY_LATENT, ALONE)
    stage.load(averaged_weights(stills_run), averaged_weights(predictor_run))
    frozen = {name: value.clone() for name, value in stage.analysis.state_dict().items()}
    before = {name: value.clone() for name, value in stage.models.state_dict().items()}
    losses = run(config, stage, 3)
    assert all(math.isfinite(loss) for loss in losses)
    assert all(torch.equal(value, frozen[name]) for name, value in stage.analysis.state_dict().items())
    after = stage.models.state_dict()
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in moved} == {"synthesis", "discriminator"}


def test_the_stage_asks_for_its_frozen_network(tmp_path: Path) -> None:
    config = SynthesisConfig(run_dir=tmp_path, cache_dir=tmp_path)
    with pytest.raises(WeightsMissingError, match="use weights="):
        SynthesisStage(config, TINY_LATENT, ALONE)
