"""Tests of training/convert.py: the model beside the weights takes pictures of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.hybrid.converted import converted_model
from narrowcast.codec.hybrid.restoration_network import step_shapes
from narrowcast.codec.hybrid.weights import save_restoration
from narrowcast.codec.openvino_models import OpenVinoModels
from narrowcast.codec.training.convert import convert_restoration
from tests.codec.tiny_restoration import TINY, tiny_restoration

pytest.importorskip("openvino", reason="openvino has no wheel for this platform")


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
