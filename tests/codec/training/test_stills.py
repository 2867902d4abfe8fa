"""The stills stage on a tiny model: the parts of its loss."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from narrowcast.codec.training.config import StillsConfig
from narrowcast.codec.training.plan import TINY_LATENT
from narrowcast.codec.training.stills import StillsStage
from tests.codec.training.short_runs import ALONE


def figures_of(cache_dir: Path, run_dir: Path, weights_dir: Path | None, progress: float) -> dict[str, float]:
    torch.manual_seed(0)
    config = StillsConfig(
        run_dir=run_dir, cache_dir=cache_dir, weights_dir=weights_dir, model=TINY_LATENT, batch=2, crop=64
    )
    stage = StillsStage(config, ALONE)
    torch.manual_seed(1)  # the frozen network draws its first weights, too
    loss, figures = stage.loss(progress)
    stage.close()
    assert loss.requires_grad
    assert stage.last is not None and stage.last[0].shape == stage.last[1].shape == (2, 3, 64, 64)
    return figures


def test_the_perceptual_part_needs_weights(cache_dir: Path, weights_dir: Path, tmp_path: Path) -> None:
    without = figures_of(cache_dir, tmp_path, None, 0.0)
    given = figures_of(cache_dir, tmp_path, weights_dir, 0.0)
    assert without["perceptual"] == 0 < given["perceptual"]
    assert given["psnr"] == pytest.approx(without["psnr"], rel=1e-5)


def test_exact_integers_change_the_figures_little(cache_dir: Path, tmp_path: Path) -> None:
    early, late = (figures_of(cache_dir, tmp_path, None, progress) for progress in (0.0, 1.0))
    assert late["bpp"] == pytest.approx(early["bpp"], rel=0.2)
    assert late["psnr"] == pytest.approx(early["psnr"], abs=1)


def test_it_learns_and_every_part_moves(stills_run: Path, cache_dir: Path) -> None:
    """The run itself, which asserts that the loss falls, is in conftest.py."""
    torch.manual_seed(0)
    config = StillsConfig(run_dir=stills_run, cache_dir=cache_dir, model=TINY_LATENT, batch=2, crop=64)
    fresh = StillsStage(config, ALONE)
    fresh.close()
    trained = torch.load(stills_run / "checkpoint.pt", weights_only=True)["models"]
    moved = {
        name.split(".")[0]
        for name, value in fresh.models.state_dict().items()
        if not torch.equal(value, trained[name])
    }
    assert moved == {"analysis", "synthesis", "coder"}
