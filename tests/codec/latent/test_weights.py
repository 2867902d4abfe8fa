"""Tests of latent/weights.py: saved and loaded again, and parts that do not belong together are found."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.latent.manifest import load_manifest
from narrowcast.codec.latent.weights import PARTS, load_analysis, load_exact, load_synthesis
from tests.codec.tiny_model import TINY, save_tiny_model, tiny_model

LOADERS: dict[str, Callable[[Path], torch.nn.Module]] = {
    "exact": load_exact,
    "analysis": load_analysis,
    "synthesis": load_synthesis,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_tiny_model(tmp_path / "weights")


def _edit_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_is_saved_is_loaded(folder: Path) -> None:
    model = tiny_model()
    manifest = load_manifest(folder)
    assert manifest.config == TINY and manifest.model_id == model.exact.model_id
    exact = load_exact(folder)
    assert exact.model_id == model.exact.model_id and exact.tables is not None
    for part, ours in (("analysis", model.analysis), ("synthesis", model.synthesis)):
        loaded = LOADERS[part](folder).state_dict()
        for name, value in ours.state_dict().items():
            assert torch.equal(loaded[name], value.half().float())


def test_saving_twice_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    assert load_manifest(save_tiny_model(tmp_path / "again")) == load_manifest(folder)


@pytest.mark.parametrize("part", PARTS)
def test_an_altered_file_is_found(folder: Path, part: str) -> None:
    path = folder / f"{part}.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=rf"{part}.safetensors is truncated or altered: SHA-256"):
        LOADERS[part](folder)


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_file_is_named(folder: Path, part: str) -> None:
    (folder / f"{part}.safetensors").unlink()
    with pytest.raises(WeightsError, match=rf"cannot read .*{part}.safetensors \(No such file"):
        LOADERS[part](folder)


def test_no_weights_at_all_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights in .*manifest.json is missing"):
        load_exact(tmp_path)


@pytest.mark.parametrize("size", [0, -1, 3, 10**12, 8.0, "8", None])
def test_impossible_sizes_in_the_manifest_are_refused(folder: Path, size: object) -> None:
    config = json.loads((folder / "manifest.json").read_text())["config"]
    _edit_manifest(folder, config={**config, "latent_channels": size})
    with pytest.raises(WeightsError, match="is damaged.*latent_channels"):
        load_exact(folder)


def test_weights_of_other_sizes_do_not_fit(folder: Path) -> None:
    config = json.loads((folder / "manifest.json").read_text())["config"]
    _edit_manifest(folder, config={**config, "predictor_channels": 12, "detail_channels": 5})
    with pytest.raises(WeightsError, match="does not fit this version"):
        load_exact(folder)
    with pytest.raises(WeightsError, match="does not fit this version"):
        load_synthesis(folder)


def test_another_models_id_is_found(folder: Path) -> None:
    _edit_manifest(folder, model_id="0123456789abcdef")
    with pytest.raises(WeightsError, match="the manifest says 0123456789abcdef"):
        load_exact(folder)


def test_a_number_without_end_in_a_manifest_is_damage(folder: Path) -> None:
    for config in ({"latent_channels": math.inf}, math.inf, "text"):
        _edit_manifest(folder, config=config)
        with pytest.raises(WeightsError, match="is damaged"):
            load_exact(folder)
