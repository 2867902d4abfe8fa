"""Tests of codec/openvino_models.py: a model read, compiled and run on arrays, and what is no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from narrowcast.codec.errors import BackendError
from narrowcast.codec.openvino_models import OpenVinoModels, import_openvino

pytest.importorskip("openvino", reason="openvino has no wheel for this platform")


def doubling() -> Any:
    """A model that doubles a vector of any length."""
    from openvino import opset13

    openvino = import_openvino()
    vector = opset13.parameter([-1], np.float32)
    return openvino.Model([opset13.multiply(vector, np.float32(2))], [vector])


def two_doubled() -> Any:
    """A model that takes two numbers and no more."""
    from openvino import opset13

    openvino = import_openvino()
    pair = opset13.parameter([-1], np.float32)
    return openvino.Model(
        [opset13.multiply(pair, np.array([2, 2], np.float32), auto_broadcast="NONE")], [pair]
    )


def test_a_model_from_a_file_runs_and_what_it_gives_is_kept(tmp_path: Path) -> None:
    import_openvino().save_model(doubling(), tmp_path / "doubling.xml")
    models = OpenVinoModels(1)
    run = models.compile(models.read(tmp_path / "doubling.xml"), {0: (3,)}, exact=True)
    (first,) = run(np.array([1, 2, 3], np.float32))
    (second,) = run(np.array([4, 5, 6], np.float32))
    assert first.tolist() == [2, 4, 6] and second.tolist() == [8, 10, 12]


def test_a_shape_that_the_model_cannot_take_is_an_error_of_ours() -> None:
    with pytest.raises(BackendError, match="OpenVINO cannot run the network here"):
        OpenVinoModels(1).compile(two_doubled(), {0: (3,)})


def test_what_is_no_model_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "text.xml").write_text("no model")
    with pytest.raises(RuntimeError):
        OpenVinoModels(1).read(tmp_path / "text.xml")
