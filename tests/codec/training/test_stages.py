"""Every stage through the real loop on tiny models: it learns, saves, resumes and exports."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from codec.checkpoint import load_exact, load_manifest, load_synthesis
from codec.training.config import GanConfig, PastConfig, StillsConfig
from codec.training.export import export
from codec.training.gan import Gan
from codec.training.losses import AdversarialKind
from codec.training.past import Past
from codec.training.stills import Stills
from codec.training.trainer import (
    CheckpointError,
    Trainer,
    averaged_weights,
    load_checkpoint,
    rate_of_learning,
)
from narrowcast.errors import ConfigError
from tests.codec.training.short_runs import ALONE, run
from tests.codec.training.small_data import TINY_MODEL


@pytest.fixture(scope="module")
def stills_run(cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the stills stage without perceptual loss."""
    torch.manual_seed(0)
    config = StillsConfig(
        run_dir=tmp_path_factory.mktemp("stills"),
        cache_dir=cache_dir,
        model=TINY_MODEL,
        batch=2,
        crop=64,
        warmup_steps=5,
        learning_rate=3e-3,
    )
    losses = run(config, Stills(config, ALONE), 60)
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    return config.run_dir


@pytest.fixture(scope="module")
def past_run(stills_run: Path, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the past stage."""
    torch.manual_seed(0)
    config = PastConfig(
        run_dir=tmp_path_factory.mktemp("past"),
        cache_dir=cache_dir,
        batch=2,
        crop=64,
        frames=4,
        warmup_steps=5,
        learning_rate=3e-3,
    )
    stage = Past(config, TINY_MODEL, ALONE)
    stage.load(averaged_weights(stills_run))
    steps_before = stage.coder.steps.log_knots.clone()
    losses = run(config, stage, 150)
    assert sum(losses[-20:]) / 2 < 0.8 * sum(losses[:10])
    assert torch.equal(stage.coder.steps.log_knots, steps_before)
    return config.run_dir


@pytest.mark.parametrize("kind", ["hinge", "non_saturating", "wgan_gp"])
def test_gan_moves_synthesis_and_discriminator_only(
    kind: AdversarialKind,
    stills_run: Path,
    past_run: Path,
    cache_dir: Path,
    weights_dir: Path,
    tmp_path: Path,
) -> None:
    config = GanConfig(
        run_dir=tmp_path / "gan",
        cache_dir=cache_dir,
        weights_dir=weights_dir,
        batch=2,
        crop=64,
        adversarial=kind,
        adversarial_warmup=0.1,
    )
    stage = Gan(config, TINY_MODEL, ALONE)
    stage.load(averaged_weights(stills_run), averaged_weights(past_run))
    frozen = {name: value.clone() for name, value in stage.analysis.state_dict().items()}
    before = {name: value.clone() for name, value in stage.models.state_dict().items()}
    losses = run(config, stage, 3)
    assert all(math.isfinite(loss) for loss in losses)
    assert all(torch.equal(value, frozen[name]) for name, value in stage.analysis.state_dict().items())
    after = stage.models.state_dict()
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in moved} == {"synthesis", "discriminator"}


def test_export_writes_weights_that_load(stills_run: Path, past_run: Path, tmp_path: Path) -> None:
    manifest = export(tmp_path, TINY_MODEL, stills=stills_run, past=past_run)
    assert load_exact(tmp_path).model_id == manifest.model_id
    assert load_manifest(tmp_path).config == TINY_MODEL
    assert load_synthesis(tmp_path).stem.in_channels == TINY_MODEL.latent_channels


def test_a_run_leaves_a_log_and_a_picture(stills_run: Path) -> None:
    records = [json.loads(line) for line in (stills_run / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [20, 40, 60]
    assert {"loss", "bpp", "psnr", "norm", "rejected"} <= records[0].keys()
    assert len(list(stills_run.glob("sample-*.png"))) == 1


def test_resume_goes_on_where_the_run_stopped(stills_run: Path, cache_dir: Path) -> None:
    config = StillsConfig(run_dir=stills_run, cache_dir=cache_dir, model=TINY_MODEL, batch=2, crop=64)
    stage = Stills(config, ALONE)
    trainer = Trainer(config, stage, ALONE)
    assert trainer.resume()
    stage.close()
    assert trainer.step == 60
    kept = load_checkpoint(stills_run)["models"]
    assert all(torch.equal(value, kept[name]) for name, value in stage.models.state_dict().items())


def test_a_step_with_a_broken_gradient_is_dropped(cache_dir: Path, tmp_path: Path) -> None:
    config = StillsConfig(run_dir=tmp_path, cache_dir=cache_dir, model=TINY_MODEL, batch=2, crop=64)
    stage = Stills(config, ALONE)
    trainer = Trainer(config, stage, ALONE)
    before = {name: value.clone() for name, value in stage.models.state_dict().items()}
    whole = stage.loss

    def broken(progress: float) -> tuple[Tensor, dict[str, float]]:
        loss, figures = whole(progress)
        trainer.elapsed_s = math.inf
        return loss * math.nan, figures

    stage.loss = broken  # type: ignore[method-assign]
    trainer.run()
    assert trainer.rejected == 1
    assert all(torch.equal(value, before[name]) for name, value in stage.models.state_dict().items())


def test_missing_and_damaged_checkpoints_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_checkpoint(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(tmp_path)


def test_rate_of_learning_warms_up_and_cools_down(tmp_path: Path) -> None:
    config = StillsConfig(run_dir=tmp_path, cache_dir=tmp_path, learning_rate=1e-3, warmup_steps=10)
    assert rate_of_learning(config, 0, 0.0) == pytest.approx(1e-4)
    assert rate_of_learning(config, 10, 0.0) == pytest.approx(1e-3)
    assert rate_of_learning(config, 1000, 1.0) == pytest.approx(1e-5)


@pytest.mark.parametrize(
    ("name", "value"), [("minutes", 0.0), ("batch", 0), ("crop", 100), ("learning_rate", 2.0)]
)
def test_settings_out_of_range_are_refused(name: str, value: float, tmp_path: Path) -> None:
    settings: dict[str, float] = {name: value}
    with pytest.raises(ConfigError, match=name.replace("_", "-")):
        StillsConfig(run_dir=tmp_path, cache_dir=tmp_path, **settings)  # type: ignore[arg-type]


def test_the_gan_stage_asks_for_its_backbone(tmp_path: Path) -> None:
    config = GanConfig(run_dir=tmp_path, cache_dir=tmp_path)
    with pytest.raises(ConfigError, match="--weights"):
        Gan(config, TINY_MODEL, ALONE)
