"""Tests of training/onnx_export.py: what ships is of the weights that ship, small, and as good."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from narrowcast.codec.hybrid.restoration_network import step_shapes
from narrowcast.codec.hybrid.restoration_step import RestorationStep
from narrowcast.codec.hybrid.weights import load_restoration, save_restoration
from narrowcast.codec.openvino_models import OpenVinoModels
from narrowcast.codec.training.__main__ import main
from narrowcast.codec.training.onnx_export import FILE_NAME, INPUTS, WEIGHTS_KEY, export_onnx
from narrowcast.codec.weights_file import SHIPPED
from tests.codec.picture_samples import camera_like
from tests.codec.tiny_restoration import TINY, tiny_restoration

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
pytest.importorskip("openvino", reason="openvino is not installed")


def inputs_of(height: int, width: int) -> list[NDArray[np.float32]]:
    """A picture with a memory of its own."""
    picture = np.asarray(camera_like(width, height, seed=2) / 255, np.float32)
    past = [np.roll(picture, shift, axis=1) for shift in (1, 0, 0, 1)]
    told = np.array([[0.6, 0, 0, 1, 0, 0, 0.2]], np.float32)
    return [picture, *past, told, np.array([1.2, 1.0], np.float32)]


def test_what_ships_is_of_the_weights_that_ship() -> None:
    model = onnx.load(SHIPPED / FILE_NAME)
    told = {entry.key: entry.value for entry in model.metadata_props}
    digest = hashlib.sha256((SHIPPED / "restoration.safetensors").read_bytes()).hexdigest()
    assert told[WEIGHTS_KEY] == digest, "run: narrowcast train export --out codec/weights --onnx"
    assert [entry.name for entry in model.graph.input] == list(INPUTS)
    assert (SHIPPED / FILE_NAME).stat().st_size < 1_500_000


def test_weights_of_one_byte_are_as_good() -> None:
    height, width = 96, 160
    inputs = inputs_of(height, width)
    step = RestorationStep(load_restoration()).eval()
    with torch.no_grad():
        wanted = step(*(torch.from_numpy(np.ascontiguousarray(each)) for each in inputs))[1].numpy()
    models = OpenVinoModels(1)
    run = models.compile(
        models.read(SHIPPED / FILE_NAME), dict(enumerate(step_shapes(height, width))), exact=True
    )
    found = run(*inputs)[1]
    levels = 255 * np.abs(found - wanted)
    assert levels.mean() < 0.1 and levels.max() < 2


def test_any_generator_is_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_restoration(tmp_path, tiny_restoration(), TINY)
    assert export_onnx(tmp_path) == tmp_path / FILE_NAME
    assert main(["export", "--out", str(tmp_path), "--onnx"]) == 0
    assert "restoration.onnx" in capsys.readouterr().out
