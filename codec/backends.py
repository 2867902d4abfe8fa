"""Where the float networks run: torch (reference, CPU and CUDA) or OpenVINO (CPU)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from .errors import BackendError
from .layers import place

logger = logging.getLogger(__name__)

DeviceName = Literal["auto", "cpu", "cuda"]

Runner = Callable[[Tensor, Tensor], Tensor]
"""(inputs, gain) to output."""


class Backend(Protocol):
    """Compiles a network for fixed shapes."""

    name: str
    device: torch.device

    def runner(self, network: nn.Module, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> Runner:
        """Return a function (inputs, gain) -> output for inputs and gain of these shapes."""
        ...


class TorchBackend:
    """Runs the module as it is; bf16 where the device is fast at it."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)
        self.name = f"torch-{device}"
        self._bf16 = device == "cuda" or _cpu_has_fast_bf16()

    def runner(self, network: nn.Module, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> Runner:
        """Return the module's forward on this backend's device."""
        network = place(network, self.device)

        def run(inputs: Tensor, gain: Tensor) -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
                out: Tensor = network(inputs.to(self.device), gain.to(self.device))
            return out.float()

        return run


class OpenVinoBackend:
    """Runs the converted module on the CPU; the conversion is cached on disk."""

    name = "openvino-cpu"

    def __init__(self, cache_dir: Path, threads: int) -> None:
        try:
            import openvino
        except ImportError as error:
            raise BackendError(
                "openvino is not installed; `pip install openvino`, or use --device cpu"
            ) from error
        self.device = torch.device("cpu")
        self._core = openvino.Core()
        self._cache_dir = cache_dir
        cache_dir.mkdir(parents=True, exist_ok=True)
        self._core.set_property({"CACHE_DIR": str(cache_dir)})
        self._options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}

    def runner(self, network: nn.Module, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> Runner:
        """Convert (or load the cached conversion of) the module and compile it."""
        path = self._cache_dir / f"{_fingerprint(network, shapes)}.xml"
        if not path.exists():
            self._convert(network, shapes, path)
        request = self._core.compile_model(
            self._core.read_model(path), "CPU", self._options
        ).create_infer_request()

        def run(inputs: Tensor, gain: Tensor) -> Tensor:
            # The model takes and gives the plain order (channel, row, column).
            arrays = [inputs.contiguous().numpy(), gain.contiguous().numpy()]
            out = request.infer(arrays, share_inputs=True, share_outputs=True)[0]
            return torch.from_numpy(np.asarray(out))

        return run

    def _convert(
        self, network: nn.Module, shapes: tuple[tuple[int, ...], tuple[int, ...]], path: Path
    ) -> None:
        import openvino

        example = tuple(torch.zeros(shape) for shape in shapes)
        model = openvino.convert_model(network, example_input=example)
        model.reshape({index: list(shape) for index, shape in enumerate(shapes)})
        unfinished = path.with_name(f"unfinished-{path.name}")
        openvino.save_model(model, unfinished, compress_to_fp16=False)
        unfinished.with_suffix(".bin").rename(path.with_suffix(".bin"))
        unfinished.rename(path)


def _fingerprint(network: nn.Module, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
    digest = hashlib.sha256(f"{type(network).__name__} {shapes} {network}".encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.float().cpu().numpy().tobytes())
    return digest.hexdigest()[:24]


def _cpu_has_fast_bf16() -> bool:
    return bool(torch.cpu._is_amx_tile_supported())  # the only public trace of AMX in torch 2.13
