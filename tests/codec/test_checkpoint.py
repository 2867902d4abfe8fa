"""Tests of codec/checkpoint.py: saved and loaded again, and every kind of damage gets its line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from codec.checkpoint import (
    PARTS,
    load_analysis,
    load_exact,
    load_manifest,
    load_synthesis,
    save_model,
)
from codec.errors import WeightsError
from tests.codec.tiny_model import TINY, tiny_model

LOADERS: dict[str, Callable[[Path], torch.nn.Module]] = {
    "exact": load_exact,
    "analysis": load_analysis,
    "synthesis": load_synthesis,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tiny_model()
    save_model(tmp_path / "weights", model.exact, model.analysis, model.synthesis)
    return tmp_path / "weights"


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
    model = tiny_model()
    assert save_model(tmp_path / "again", model.exact, model.analysis, model.synthesis) == load_manifest(
        folder
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_flipped_bit_is_found(folder: Path, part: str) -> None:
    path = folder / f"{part}.safetensors"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=rf"{part}.safetensors is truncated or altered: SHA-256"):
        LOADERS[part](folder)


@pytest.mark.parametrize("part", PARTS)
def test_a_truncated_file_is_found(folder: Path, part: str) -> None:
    path = folder / f"{part}.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="is truncated or altered.*install narrowcast again"):
        LOADERS[part](folder)


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_file_is_named(folder: Path, part: str) -> None:
    (folder / f"{part}.safetensors").unlink()
    with pytest.raises(WeightsError, match=rf"cannot read .*{part}.safetensors \(No such file"):
        LOADERS[part](folder)


def test_no_weights_at_all_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights in .*manifest.json is missing"):
        load_exact(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "{}", '{"format": 1}', '{"format": 1, "config": {"x": 1}}', "\x00", "nonsense"],
)
def test_a_damaged_manifest_is_named(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(WeightsError, match="manifest.json is damaged.*install narrowcast again"):
        load_exact(folder)


def test_a_manifest_that_is_no_text_or_no_file_is_named(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WeightsError, match="is damaged"):
        load_manifest(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(WeightsError, match="cannot read .*manifest.json"):
        load_manifest(folder)


def test_a_manifest_of_another_format_asks_for_an_update(folder: Path) -> None:
    _edit_manifest(folder, format=9)
    with pytest.raises(WeightsError, match="has format 9, this version reads 1; update narrowcast"):
        load_manifest(folder)


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


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    model = tiny_model()
    broken = type(model.analysis)(TINY)
    with torch.no_grad():
        broken.head.weight[0] = float("nan")
    save_model(tmp_path, model.exact, broken, model.synthesis)
    with pytest.raises(WeightsError, match="not finite"):
        load_analysis(tmp_path)


@pytest.mark.parametrize(
    "text",
    ['{"format": 1, "config": ' + 100_000 * "[", '{"format": ' + 5000 * "9" + "}", "[]", "\x00"],
    ids=["deep", "digits", "list", "zero"],
)
def test_a_hostile_manifest_is_damaged(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(WeightsError, match="is damaged"):
        load_exact(folder)


def test_a_number_without_end_in_a_manifest_is_damage(folder: Path) -> None:
    for config in ({"latent_channels": math.inf}, math.inf, "text"):
        _edit_manifest(folder, config=config)
        with pytest.raises(WeightsError, match="is damaged"):
            load_exact(folder)
