"""The restore stage through the real loop on a tiny generator: it learns, and exports."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from codec.checkpoint import load_restoration
from codec.errors import WeightsError
from codec.hybrid.restoration import RestorationConfig
from codec.metrics.networks import WeightsMissingError
from codec.metrics.realism import realism
from codec.training.coded_scenes import SIDE, prepare_coded
from codec.training.config import RestoreConfig
from codec.training.data import FrameStore
from codec.training.export import export_realism, export_restoration
from codec.training.losses import AdversarialKind
from codec.training.restore import RestoreStage
from tests.codec.training.short_runs import ALONE, run

TINY = RestorationConfig(fine_channels=8, middle_channels=8, wide_channels=16, wide_blocks=1)


@pytest.fixture(scope="module")
def coded(store: FrameStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few coded scenes."""
    return prepare_coded(store, tmp_path_factory.mktemp("coded"), scenes=2)


def make_config(run_dir: Path, weights_dir: Path, kind: AdversarialKind = "hinge") -> RestoreConfig:
    return RestoreConfig(
        run_dir=run_dir,
        cache_dir=run_dir,
        weights_dir=weights_dir,
        model=TINY,
        batch=2,
        crop=64,
        warmup_steps=3,
        learning_rate=3e-3,
        perceptual_weight=0.0,
        adversarial=kind,
        adversarial_weight=0.001,
    )


def test_the_generator_reduces_the_error_of_the_base_layer(
    coded: Path, weights_dir: Path, tmp_path: Path
) -> None:
    # What an encoder does is subtle, and a few steps learn little of it: this one darkens all pictures.
    source = np.fromfile(coded / "source.bin", np.uint8)
    dark = shutil.copytree(coded, tmp_path / "dark")
    (dark / "base.bin").write_bytes((source * 0.7).astype(np.uint8).tobytes())
    stage = RestoreStage(make_config(tmp_path, weights_dir), ALONE, dark)
    figures: list[dict[str, float]] = []
    whole = stage.loss

    def noted(progress: float) -> tuple[torch.Tensor, dict[str, float]]:
        loss, parts = whole(progress)
        figures.append(parts)
        return loss, parts

    stage.loss = noted  # type: ignore[method-assign]
    run(stage.config, stage, 80)
    assert figures[0]["mse"] == pytest.approx(figures[0]["mse_base"])  # an untrained one adds nothing
    gain = [part["mse"] / part["mse_base"] for part in figures[-20:]]
    assert sum(gain) / len(gain) < 0.5
    export_restoration(tmp_path / "out", TINY, tmp_path)
    restored = load_restoration(tmp_path / "out")
    assert restored.head.weight.abs().max() > 0
    (tmp_path / "out" / "restoration.safetensors").write_bytes(b"altered")
    with pytest.raises(WeightsError, match="truncated or altered"):
        load_restoration(tmp_path / "out")


@pytest.mark.parametrize("kind", ["non_saturating", "wgan_gp"])
def test_every_adversarial_loss_moves_generator_and_discriminator(
    kind: AdversarialKind, coded: Path, weights_dir: Path, tmp_path: Path
) -> None:
    stage = RestoreStage(make_config(tmp_path, weights_dir, kind), ALONE, coded)
    before = {name: value.clone() for name, value in stage.models.state_dict().items()}
    losses = run(stage.config, stage, 3)
    assert all(math.isfinite(loss) for loss in losses)
    after = stage.models.state_dict()
    moved = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved == {"restoration", "discriminator"}


def test_the_trained_discriminator_ships_and_tells_real_from_coded(
    coded: Path, weights_dir: Path, tmp_path: Path
) -> None:
    source = np.fromfile(coded / "source.bin", np.uint8).reshape(-1, SIDE, SIDE, 3)
    grey = shutil.copytree(coded, tmp_path / "grey")
    flat = np.broadcast_to(source.mean(axis=(1, 2), keepdims=True), source.shape).astype(np.uint8)
    (grey / "base.bin").write_bytes(flat.tobytes())
    index = json.loads((grey / "index.json").read_text())
    (grey / "index.json").write_text(json.dumps([{**entry, "base": "av1", "crf": 70} for entry in index]))
    stage = RestoreStage(make_config(tmp_path, weights_dir), ALONE, grey)
    run(stage.config, stage, 60)
    out = tmp_path / "out"
    judge = export_realism(out, tmp_path, grey, weights_dir)
    assert judge.real_logit > judge.coded_logit
    real, painted = (
        np.mean([realism(np.ascontiguousarray(picture), weights=out) for picture in pictures[::5]])
        for pictures in (source, flat)
    )
    assert 0 <= painted < real <= 1


def test_the_stage_asks_for_its_backbone(tmp_path: Path) -> None:
    config = RestoreConfig(run_dir=tmp_path, cache_dir=tmp_path)
    with pytest.raises(WeightsMissingError, match="use weights="):
        RestoreStage(config, ALONE, tmp_path)
