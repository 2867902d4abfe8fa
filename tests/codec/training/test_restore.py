"""The restore stage through the real loop on a tiny generator: it learns, and exports."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.hybrid.restoration import Restoration, RestorationConfig
from narrowcast.codec.hybrid.weights import load_restoration
from narrowcast.codec.metrics.networks import WeightsMissingError
from narrowcast.codec.metrics.realism import realism
from narrowcast.codec.picture import to_rgb
from narrowcast.codec.training.batches import step_generators
from narrowcast.codec.training.coded_scenes import FRAMES, SIDE, CodedStore, prepare_coded
from narrowcast.codec.training.config import GENERATORS, RestoreConfig
from narrowcast.codec.training.data import FrameStore
from narrowcast.codec.training.export import export_realism, export_restoration
from narrowcast.codec.training.losses import AdversarialKind
from narrowcast.codec.training.restore import RestoreStage, draw_windows, paint
from tests.codec.tiny_restoration import on_torch, tiny_restoration
from tests.codec.training.short_runs import ALONE, check_a_run_can_be_interrupted, run

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
        frames=3,
        perceptual_weight=0.0,
        texture_weight=0.0,
        lpips_weight=0.0,
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
    # An untrained one adds nothing but memory: the last base picture, moved.
    assert figures[0]["mse"] == pytest.approx(figures[0]["mse_base"], rel=0.1)
    gain = [part["mse"] / part["mse_base"] for part in figures[-20:]]
    assert sum(gain) / len(gain) < 0.5
    export_restoration(tmp_path / "out", tmp_path)
    restored = load_restoration(tmp_path / "out")
    assert restored.head.weight.abs().max() > 0
    (tmp_path / "out" / "restoration.safetensors").write_bytes(b"altered")
    with pytest.raises(WeightsError, match="truncated or altered"):
        load_restoration(tmp_path / "out")


def test_a_run_that_goes_on_ends_as_one_that_never_stopped(
    coded: Path, weights_dir: Path, tmp_path: Path
) -> None:
    config = replace(make_config(tmp_path, weights_dir), steps=4, adversarial_weight=0.5)
    check_a_run_can_be_interrupted(lambda: RestoreStage(config, ALONE, coded), config, steps=4, stop=2)


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
    (grey / "index.json").write_text(
        json.dumps([{**entry, "base": "av1", "crfs": [70] * FRAMES} for entry in index])
    )
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


def test_training_and_decoder_paint_the_same(coded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrowcast.codec.backends.cpu_has_fast_bf16", lambda: False)
    restoration = tiny_restoration()
    windows = draw_windows(CodedStore(coded), SIDE, 4, step_generators(0, 0, batch=1))
    assert (windows.base[:, 1:] - windows.base[:, :-1]).abs().max() > 0.05  # something moves
    decoder = on_torch(restoration, SIDE, SIDE)
    with torch.inference_mode():
        trained = paint(restoration, windows, damage=False)
        for index, base in enumerate(windows.base.unbind(1)):
            decoder.restore(to_rgb(base, SIDE, SIDE), windows.conditions[0, index].tolist())
            assert decoder._memory is not None
            residual = torch.from_numpy(decoder._memory.painted - decoder._memory.base).permute(2, 0, 1)[None]
            assert residual.abs().max() > 0.01
            torch.testing.assert_close(trained[index] - base, residual, atol=1e-5, rtol=1e-4)


def test_the_last_two_pictures_of_a_window_teach_and_damage_changes_what_comes_before(coded: Path) -> None:
    restoration = tiny_restoration()
    windows = draw_windows(CodedStore(coded), 64, 5, step_generators(0, 0, batch=4))
    painted = paint(restoration, windows, damage=False)
    assert [picture.requires_grad for picture in painted] == [False, False, False, True, True]
    torch.manual_seed(1)
    damaged = paint(restoration, windows, damage=True)
    assert torch.equal(painted[0], damaged[0])
    assert not torch.equal(painted[3], damaged[3])


def test_the_named_sizes_have_the_work_that_they_say() -> None:
    work = {name: _multiply_adds(Restoration(config)) for name, config in GENERATORS.items()}
    assert work["base"] == pytest.approx(8900, rel=0.01)
    assert work["wide"] / work["base"] == pytest.approx(2, rel=0.05)
    assert work["large"] / work["base"] == pytest.approx(10, rel=0.05)


def _multiply_adds(restoration: Restoration) -> float:
    """A generator's multiply-adds a pixel."""
    total = 0.0

    def count(layer: torch.nn.Conv2d, _: object, out: torch.Tensor) -> None:
        nonlocal total
        total += out[0].numel() * layer.weight[0].numel() / 64**2

    for layer in restoration.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    blank = torch.zeros(1, 3, 64, 64)
    with torch.inference_mode():
        restoration(blank, blank, blank, torch.zeros(1, restoration.gain_channels, 1, 1))
    return total


def test_the_stage_asks_for_its_backbone(tmp_path: Path) -> None:
    config = RestoreConfig(run_dir=tmp_path, cache_dir=tmp_path)
    with pytest.raises(WeightsMissingError, match="use weights="):
        RestoreStage(config, ALONE, tmp_path)
