"""Tests of hybrid/weights.py: the generator saved and loaded again, and files that are not as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.hybrid.restoration import Restoration, RestorationConfig
from narrowcast.codec.hybrid.weights import MANIFEST, load_restoration, save_restoration

SMALL = RestorationConfig(fine_channels=8, middle_channels=8, wide_channels=8, wide_blocks=1)


def _restoration() -> Restoration:
    torch.manual_seed(1)
    return Restoration(SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_restoration(tmp_path, _restoration(), SMALL)
    return tmp_path


def test_what_is_saved_is_loaded(folder: Path) -> None:
    loaded = load_restoration(folder).state_dict()
    for name, value in _restoration().state_dict().items():
        assert torch.equal(loaded[name], value.half().float())


def test_weights_of_other_sizes_do_not_fit(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["config"]["wide_blocks"] = 2
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="does not fit this version"):
        load_restoration(folder)


def test_an_impossible_size_is_damage(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["config"]["wide_blocks"] = -1
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="restoration.json is damaged.*wide_blocks"):
        load_restoration(folder)


def test_an_altered_file_is_found(folder: Path) -> None:
    (folder / "restoration.safetensors").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="restoration.safetensors is truncated or altered"):
        load_restoration(folder)
