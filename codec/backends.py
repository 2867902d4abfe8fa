"""Where the float networks run: torch (reference, CPU and CUDA) or OpenVINO (CPU)."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, get_args

import torch
from platformdirs import user_cache_path
from torch import Tensor, nn

from narrowcast.codec.errors import BackendError
from narrowcast.codec.layers import place
from narrowcast.codec.model_cache import ModelCache
from narrowcast.codec.names import Device
from narrowcast.errors import Remedy

logger = logging.getLogger(__name__)

GRAPH_VERSION = 4
"""Counts up when the forward of a network changes, so that no cached conversion outlives it."""

_building = threading.Lock()
"""Converting traces a network, and two threads that trace find each other's modules in their graphs."""

Shape = tuple[int, ...]

Runner = Callable[..., tuple[Tensor, ...]]
"""Tensors in, tensors out, in the order of the module's forward."""


class Backend(Protocol):
    """Compiles a network for fixed shapes."""

    name: str
    device: torch.device

    def runner(self, network: nn.Module, shapes: tuple[Shape, ...], *, exact: bool = False) -> Runner:
        """Return a function from such tensors to the outputs; exact: never below float32."""
        ...


class TorchBackend:
    """Runs the module as it is; bf16 where the device is fast at it."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)
        self.name = f"torch-{device}"
        self._bf16 = device == "cuda" or cpu_has_fast_bf16()

    def runner(self, network: nn.Module, shapes: tuple[Shape, ...], *, exact: bool = False) -> Runner:
        """Return the module's forward on this backend's device."""
        network = place(network, self.device)

        def run(*inputs: Tensor) -> tuple[Tensor, ...]:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16 and not exact):
                out = network(*(tensor.to(self.device) for tensor in inputs))
            return out if isinstance(out, tuple) else (out.float(),)

        return run


class OpenVinoBackend:
    """Runs the converted module on the CPU; the conversion is cached on disk."""

    name = "openvino-cpu"

    def __init__(self, cache_dir: Path, threads: int) -> None:
        openvino = _openvino()
        self.device = torch.device("cpu")
        self._core = openvino.Core()
        self._cache = ModelCache(cache_dir)
        self._options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}

    def runner(self, network: nn.Module, shapes: tuple[Shape, ...], *, exact: bool = False) -> Runner:
        """Convert (or load the cached conversion of) the module and compile it."""
        options = self._options | ({"INFERENCE_PRECISION_HINT": "f32"} if exact else {})
        try:
            with _building:
                model = self._model(network, shapes)
                compiled = self._compiled(model, options)
        except RuntimeError as error:
            raise BackendError(f"OpenVINO cannot run the network here: {str(error)[:200]}") from error
        request = compiled.create_infer_request()

        def run(*inputs: Tensor) -> tuple[Tensor, ...]:
            # The model takes and gives the plain order (channel, row, column).
            arrays = [tensor.contiguous().numpy() for tensor in inputs]
            results = request.infer(arrays, share_inputs=True)
            return tuple(torch.from_numpy(results[index]) for index in range(len(results)))

        return run

    def _compiled(self, model: Any, options: dict[str, object]) -> Any:
        """Compile a model in a thread of its own.

        On processors with AMX OpenVINO gives the thread that compiles a small stack for signals. It holds the
        processor's registers once; a handler that is linked lazily saves them again, and Ctrl-C would end the
        program with a segmentation fault.
        """
        with ThreadPoolExecutor(1, "compile") as thread:
            return thread.submit(self._core.compile_model, model, "CPU", options).result()

    def _model(self, network: nn.Module, shapes: tuple[Shape, ...]) -> Any:
        """Return OpenVINO's model: from the cache, or converted now and kept there."""
        key = _fingerprint(network, shapes)
        path = self._cache.find(key)
        if path is not None:
            with suppress(RuntimeError):  # written by another version of OpenVINO
                return self._core.read_model(path)
        model = self._converted(network, shapes)
        save = _openvino().save_model
        self._cache.store(key, lambda out: save(model, out, compress_to_fp16=False))
        return model

    def _converted(self, network: nn.Module, shapes: tuple[Shape, ...]) -> Any:
        example = tuple(torch.zeros(shape) for shape in shapes)
        with torch.no_grad():
            model = _openvino().convert_model(network, example_input=example)
        model.reshape({index: list(shape) for index, shape in enumerate(shapes)})
        return model


def _openvino() -> ModuleType:
    """Import OpenVINO without its telemetry.

    Its converter reports every start to an analytics service, if it can import what does so: nothing
    here may call out, and the attempt takes seconds on a machine without a way to the internet.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: not importable
    try:
        import openvino
    except ImportError as error:
        raise BackendError("openvino is not installed: pip install openvino") from error
    module: ModuleType = openvino
    return module


def _fingerprint(network: nn.Module, shapes: tuple[Shape, ...]) -> str:
    digest = hashlib.sha256(f"{GRAPH_VERSION} {type(network).__name__} {shapes} {network}".encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.float().cpu().numpy().tobytes())
    return digest.hexdigest()[:24]


def cpu_has_fast_bf16() -> bool:
    """Tell whether bf16 is fast here: without AMX it is slower than float32 (measured: 80 times on Zen 3)."""
    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)  # torch 2.13 has no public way to ask
    return bool(supported and supported())


BACKEND_VARIABLE = "NARROWCAST_CPU_BACKEND"
"""Set to "torch" to leave OpenVINO out (it is faster, and holds its speed when cores are shared)."""


def choose_backend(device: str, threads: int) -> Backend:
    """Pick where the networks run: auto, cpu or cuda; BackendError where this machine has no such device."""
    if device == "cuda" or (device == "auto" and torch.cuda.is_available()):
        if not torch.cuda.is_available():
            raise BackendError(
                "no CUDA device: install the CUDA build of torch (see README)",
                remedy=Remedy(setting="device", value="cpu", when="to go on without one"),
            )
        return TorchBackend("cuda")
    if device not in get_args(Device):
        raise BackendError(f"device {device!r}; choose one of {', '.join(get_args(Device))}")
    if os.environ.get(BACKEND_VARIABLE) != "torch":
        try:
            backend = OpenVinoBackend(cache_dir(), threads)
            torch.set_num_threads(1)  # what is left for torch is small
            return backend
        except BackendError as error:
            _warn_once(error.text)
    torch.set_num_threads(threads)
    return TorchBackend("cpu")


@cache
def _warn_once(text: str) -> None:
    logger.warning("%s; going on with torch", text)


def cache_dir() -> Path:
    """Return the folder for converted networks; one that cannot be made where this user has no home."""
    try:
        return user_cache_path("narrowcast", appauthor=False)
    except RuntimeError:  # a user without a name, as in containers
        return Path(os.devnull) / "narrowcast"
