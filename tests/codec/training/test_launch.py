"""From a stage's config to its run: what it starts from, and what it leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from narrowcast.codec.hybrid.weights import save_restoration
from narrowcast.codec.training.checkpoints import averaged_weights, load_checkpoint, sizes_of
from narrowcast.codec.training.config import PredictorConfig, RestoreConfig, StillsConfig
from narrowcast.codec.training.launch import StartFrom, train
from narrowcast.errors import TrainingError
from tests.codec.tiny_restoration import TINY, tiny_restoration


@pytest.fixture(scope="module")
def config(cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> RestoreConfig:
    """One step that changes nothing, without networks to look through."""
    return RestoreConfig(
        run_dir=tmp_path_factory.mktemp("run"),
        cache_dir=cache_dir,
        model=TINY,
        batch=1,
        crop=64,
        scenes=1,
        steps=1,
        frames=2,
        learning_rate=1e-12,
        perceptual_weight=0.0,
        texture_weight=0.0,
        lpips_weight=0.0,
        adversarial_weight=0.0,
    )


def test_a_generator_that_ships_is_trained_further(
    config: RestoreConfig, data_dir: Path, tmp_path: Path
) -> None:
    save_restoration(tmp_path, tiny_restoration(), TINY)
    assert train(config, StartFrom(data=data_dir, start=tmp_path))
    weights = averaged_weights(config.run_dir)
    wanted = tiny_restoration().head.weight.half().float()
    torch.testing.assert_close(weights["restoration.head.weight"], wanted, atol=1e-4, rtol=0)
    again = replace(config, run_dir=tmp_path / "again")
    train(again, StartFrom(start=config.run_dir))  # the cache is complete
    torch.testing.assert_close(averaged_weights(again.run_dir), weights, atol=1e-4, rtol=0)
    with pytest.raises(TrainingError, match="fine_channels 48.*choose its --size"):
        train(replace(config, model=None), StartFrom(start=tmp_path))


def test_a_run_goes_on_where_it_stopped(config: RestoreConfig, data_dir: Path, tmp_path: Path) -> None:
    first = replace(config, run_dir=tmp_path)
    train(first, StartFrom(data=data_dir))
    assert train(replace(first, steps=3), StartFrom(data=data_dir, resume=True))
    assert load_checkpoint(tmp_path)["step"] == 3


def test_a_later_stage_has_the_sizes_of_the_one_before(
    stills_run: Path, cache_dir: Path, tmp_path: Path
) -> None:
    predictor = PredictorConfig(run_dir=tmp_path, cache_dir=cache_dir, batch=1, crop=64, frames=2, steps=1)
    assert train(predictor, StartFrom(stills=stills_run))
    assert sizes_of(stills_run)["latent_channels"] == 8


def test_minutes_end_a_run_as_well(cache_dir: Path, tmp_path: Path) -> None:
    stills = StillsConfig(run_dir=tmp_path, cache_dir=cache_dir, batch=1, crop=64, minutes=0.005)
    assert train(stills, StartFrom())
    assert load_checkpoint(tmp_path)["elapsed_s"] >= 0.3
