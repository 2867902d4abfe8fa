"""The hybrid codec's generator as ONNX, for browsers: convolutions with weights of one byte each.

A browser computes in float32, as other receivers do. Only the file is in int8, with a scale for each output
channel: it travels over the link that the stream is made for.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.motion import MAX_MEMORY
from narrowcast.codec.hybrid.restoration import CONDITIONS, STRIDE, Restoration, hold_still
from narrowcast.codec.hybrid.weights import load_restoration

FILE_NAME = "restoration.onnx"
OPSET = 18
PICTURES = ("base", "moved_base", "moved_painted", "last_base", "last_shown")
OUTPUTS = ("painted", "shown")
WEIGHTS_KEY = "weights_sha256"
"In the file's metadata: of the weights file that it was made from."

_SMALL = 256
"Numbers in a tensor that stays in float32: biases and the like."


class BrowserRestoration(nn.Module):
    """The generator with everything around it that is not motion: what a browser calls once a picture."""

    def __init__(self, restoration: Restoration) -> None:
        super().__init__()
        self._restoration = restoration

    def forward(
        self,
        base: Tensor,
        moved_base: Tensor,
        moved_painted: Tensor,
        last_base: Tensor,
        last_shown: Tensor,
        told: Tensor,
        strength: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return what is painted and what is shown; pictures [1, 3, H, W] in [0, 1], multiples of STRIDE.

        Without a last picture, `moved_base` and `moved_painted` are `base`, and `last_base` is far from any.

        Args:
            base: the base picture.
            moved_base: the last base picture, moved to where things are now.
            moved_painted: what was painted last, moved likewise.
            last_base: the last base picture.
            last_shown: what was shown last.
            told: of base layer and source (restoration.conditions), [1, CONDITIONS].
            strength: of what is added (restoration.restoration_strength), [1].
        """
        memory = (moved_painted - base).clamp(-MAX_MEMORY, MAX_MEMORY)
        residual = self._restoration(base, moved_base, memory, self._restoration.gain(told))
        shown = hold_still(base + strength * residual, last_shown, base, last_base)
        return base + residual, shown


def export_onnx(folder: Path) -> Path:
    """Write the generator of a folder of weights beside them; returns the file.

    Raises BackendError where the package onnx is missing, WeightsError where there is no generator.
    """
    onnx = _onnx()
    network = BrowserRestoration(load_restoration(folder)).eval()
    model = onnx.load_from_string(_traced(network))
    for initializer in list(model.graph.initializer):
        _shrink(onnx, model.graph, initializer)
    weights = hashlib.sha256((folder / "restoration.safetensors").read_bytes()).hexdigest()
    onnx.helper.set_model_props(model, {WEIGHTS_KEY: weights})
    onnx.checker.check_model(model)
    path = folder / FILE_NAME
    path.write_bytes(model.SerializeToString(deterministic=True))
    return path


def _traced(network: nn.Module) -> bytes:
    """Trace the network; height and width stay free."""
    picture = torch.zeros(1, 3, 4 * STRIDE, 6 * STRIDE)
    inputs = (*[picture] * len(PICTURES), torch.zeros(1, CONDITIONS), torch.ones(1))
    out = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        # The tracing exporter is the one that needs no further package; torch says that it has a successor.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            inputs,
            out,
            dynamo=False,
            input_names=[*PICTURES, "told", "strength"],
            output_names=list(OUTPUTS),
            opset_version=OPSET,
            dynamic_axes={name: {2: "height", 3: "width"} for name in (*PICTURES, *OUTPUTS)},
        )
    return out.getvalue()


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
