"""From runs to the weights files that ship."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from narrowcast.codec.latent.manifest import load_manifest
from narrowcast.codec.latent.weights import load_exact, load_synthesis
from narrowcast.codec.training.checkpoints import CheckpointError, averaged_weights, part_of
from narrowcast.codec.training.export import export, export_restoration
from narrowcast.codec.training.plan import TINY_LATENT


def test_export_writes_weights_that_load(stills_run: Path, predictor_run: Path, tmp_path: Path) -> None:
    manifest = export(tmp_path, stills=stills_run, predictor=predictor_run)
    assert load_exact(tmp_path).model_id == manifest.model_id
    assert load_manifest(tmp_path).config == TINY_LATENT
    assert load_synthesis(tmp_path).stem.in_channels == TINY_LATENT.latent_channels


def test_the_averaged_weights_ship_and_earlier_stages_stand_in(stills_run: Path, tmp_path: Path) -> None:
    export(tmp_path, stills=stills_run)
    wanted = part_of(averaged_weights(stills_run), "synthesis.")
    shipped = load_synthesis(tmp_path).state_dict()
    for name, value in shipped.items():
        torch.testing.assert_close(value.float(), wanted[name], rtol=2e-3, atol=2e-3)


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint in"):
        export_restoration(tmp_path / "out", tmp_path)
