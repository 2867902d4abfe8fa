"""The hybrid codec's generator as ONNX, for browsers: convolutions with weights of one byte each.

A browser computes in float32, as other receivers do. Only the file is in int8, with a scale for each output
channel: it travels over the link that the stream is made for.
"""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.restoration_network import step_shapes
from narrowcast.codec.hybrid.restoration_step import RestorationStep
from narrowcast.codec.hybrid.weights import load_restoration

FILE_NAME = "restoration.onnx"
OPSET = 18
PICTURES = ("base", "last_base", "moved_base", "moved_painted", "last_shown")
INPUTS = (*PICTURES, "conditions", "shares")
OUTPUTS = ("painted", "shown", "pixels")
"As a RestorationStep takes and gives them."
WEIGHTS_KEY = "weights_sha256"
"In the file's metadata: of the weights file that it was made from."

_TRACED = 64, 96
"Height and width of the pictures that the network is traced with."

_SMALL = 256
"Numbers in a tensor that stays in float32: biases and the like."


def export_onnx(folder: Path) -> Path:
    """Write the generator of a folder of weights beside them; returns the file.

    Raises BackendError where the package onnx is missing, WeightsError where there is no generator.
    """
    onnx = _onnx()
    step = RestorationStep(load_restoration(folder)).eval()
    model = onnx.load_from_string(_traced(step))
    for initializer in list(model.graph.initializer):
        _shrink(onnx, model.graph, initializer)
    weights = hashlib.sha256((folder / "restoration.safetensors").read_bytes()).hexdigest()
    onnx.helper.set_model_props(model, {WEIGHTS_KEY: weights})
    onnx.checker.check_model(model)
    path = folder / FILE_NAME
    path.write_bytes(model.SerializeToString(deterministic=True))
    return path


def _traced(step: nn.Module) -> bytes:
    """Trace a step; height and width of the pictures stay free."""
    inputs = tuple(torch.zeros(shape) for shape in step_shapes(*_TRACED))
    with torch.no_grad(), warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        # The tracing exporter is the one that needs no further package; torch says that it has a successor.
        warnings.simplefilter("ignore", DeprecationWarning)
        path = Path(folder) / FILE_NAME
        torch.onnx.export(
            step,
            inputs,
            path,
            dynamo=False,
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            opset_version=OPSET,
            dynamic_axes={name: {0: "height", 1: "width"} for name in (*PICTURES, *OUTPUTS)},
        )
        return path.read_bytes()


def _shrink(onnx: Any, graph: Any, initializer: Any) -> None:
    """Keep a tensor of weights as int8 and a scale for each output channel, multiplied at loading."""
    values = onnx.numpy_helper.to_array(initializer)
    if values.dtype != np.float32 or values.size < _SMALL or values.ndim < 2:
        return
    name = initializer.name
    largest = np.abs(values.reshape(len(values), -1)).max(axis=1)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    graph.initializer.remove(initializer)
    stored = {"int8": np.round(values / scale).astype(np.int8), "scale": scale}
    graph.initializer.extend(
        onnx.numpy_helper.from_array(array, f"{name}.{what}") for what, array in stored.items()
    )
    cast = onnx.helper.make_node("Cast", [f"{name}.int8"], [f"{name}.cast"], to=onnx.TensorProto.FLOAT)
    scaled = onnx.helper.make_node("Mul", [f"{name}.cast", f"{name}.scale"], [name])
    graph.node.insert(0, scaled)
    graph.node.insert(0, cast)


def _onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise BackendError('ONNX needs one more package: pip install "narrowcast[onnx]"') from error
    return onnx
