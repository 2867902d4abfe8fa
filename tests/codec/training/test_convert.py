"""Tests of training/convert.py: the model beside the weights takes pictures of any size."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.hybrid import restoration_runner
from narrowcast.codec.hybrid.converted import INT8, converted_model
from narrowcast.codec.hybrid.restoration_network import step_shapes
from narrowcast.codec.hybrid.weights import save_restoration
from narrowcast.codec.openvino_models import OpenVinoModels
from narrowcast.codec.training.coded_scenes import CODED, prepare_coded
from narrowcast.codec.training.convert import convert_for_receivers, convert_restoration
from narrowcast.codec.training.data import FrameStore
from tests.codec.tiny_restoration import TINY, tiny_restoration

pytest.importorskip("openvino", reason="openvino has no wheel for this platform")


def test_without_nncf_the_float_model_is_written_and_the_remedy_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_restoration(tmp_path, tiny_restoration(), TINY)
    monkeypatch.setitem(sys.modules, "nncf", None)
    told = convert_for_receivers(tmp_path, tmp_path / "cache")
    assert "pip install 'narrowcast[train]'" in told and converted_model(tmp_path) is not None


def test_in_8_bits_it_paints_nearly_the_same(
    tmp_path: Path, store: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("nncf")
    save_restoration(tmp_path, tiny_restoration(), TINY)
    monkeypatch.setattr("narrowcast.codec.training.convert.CALIBRATION_PICTURES", 2)
    prepare_coded(store, tmp_path / "cache" / CODED, scenes=2)
    assert "in 8 bits" in convert_for_receivers(tmp_path, tmp_path / "cache")
    assert converted_model(tmp_path, INT8) == tmp_path / f"{INT8}.xml"
    monkeypatch.setattr(restoration_runner, "cpu_multiplies_int8", lambda: True)
    exact = converted_model(tmp_path)
    assert exact is not None and restoration_runner.best_model(OpenVinoModels(1), exact).stem == INT8


def test_one_model_takes_pictures_of_every_size(tmp_path: Path) -> None:
    save_restoration(tmp_path, tiny_restoration(), TINY)
    convert_restoration(tmp_path)
    path = converted_model(tmp_path)
    assert path is not None
    models = OpenVinoModels(1)
    for height, width in ((64, 64), (80, 176)):
        shapes = step_shapes(height, width)
        run = models.compile(models.read(path), dict(enumerate(shapes)))
        grey = np.full(shapes[0], 0.5, np.float32)
        told = np.zeros(shapes[5], np.float32)
        painted, shown, pixels = run(*[grey] * 5, told, np.array([0.0, 0.0], np.float32))
        assert painted.shape == shown.shape == (height, width, 3)
        assert np.abs(painted - grey).max() > 1e-3  # it paints something, and nothing of it is shown
        np.testing.assert_allclose(shown, grey, atol=1e-6)
        assert pixels.dtype == np.uint8 and (pixels == 128).all()
