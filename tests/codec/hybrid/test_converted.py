"""Tests of hybrid/converted.py: the model beside the weights is found, and altered ones are."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.hybrid.converted import FLOAT, converted_model
from narrowcast.codec.hybrid.weights import load_restoration, save_restoration
from narrowcast.codec.training.convert import convert_restoration
from tests.codec.tiny_restoration import TINY, tiny_restoration

pytest.importorskip("openvino", reason="openvino has no wheel for this platform")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_restoration(tmp_path, tiny_restoration(), TINY)
    return tmp_path


def test_weights_without_a_model_have_none(folder: Path) -> None:
    assert converted_model(folder) is None


def test_a_model_is_found_and_the_weights_stay_as_they_were(folder: Path) -> None:
    before = (folder / "restoration.safetensors").read_bytes()
    convert_restoration(folder)
    assert converted_model(folder) == folder / f"{FLOAT}.xml"
    assert (folder / "restoration.safetensors").read_bytes() == before
    load_restoration(folder)


@pytest.mark.parametrize("suffix", [".xml", ".bin"])
def test_an_altered_model_is_found(folder: Path, suffix: str) -> None:
    convert_restoration(folder)
    path = folder / f"{FLOAT}{suffix}"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match=f"{FLOAT}{suffix} is truncated or altered"):
        converted_model(folder)
    path.unlink()
    with pytest.raises(WeightsError, match=f"cannot read .*{FLOAT}{suffix}"):
        converted_model(folder)
