"""Where the float networks run: torch (reference, CPU and CUDA) or OpenVINO (CPU)."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol, get_args

import torch
from numpy.typing import NDArray
from platformdirs import user_cache_path
from torch import Tensor, nn

from narrowcast.codec.errors import BackendError
from narrowcast.codec.layers import place
from narrowcast.codec.model_cache import ModelCache
from narrowcast.codec.names import BACKEND_VARIABLE, Device
from narrowcast.codec.openvino_models import ArrayRunner, OpenVinoModels, import_openvino
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
        self.device = torch.device("cpu")
        self._models = OpenVinoModels(threads)
        self._cache = ModelCache(cache_dir)

    def runner(self, network: nn.Module, shapes: tuple[Shape, ...], *, exact: bool = False) -> Runner:
        """Convert (or load the cached conversion of) the module and compile it."""
        with _building:
            run_arrays = self._models.compile(
                self._model(network, shapes), dict(enumerate(shapes)), exact=exact
            )

        def run(*inputs: Tensor) -> tuple[Tensor, ...]:
            # The model takes and gives the plain order (channel, row, column).
            results = run_arrays(*(tensor.contiguous().numpy() for tensor in inputs))
            return tuple(torch.from_numpy(result) for result in results)

        return run

    def _model(self, network: nn.Module, shapes: tuple[Shape, ...]) -> Any:
        """Return OpenVINO's model: from the cache, or converted now and kept there."""
        key = _fingerprint(network, shapes)
        path = self._cache.find(key)
        if path is not None:
            with suppress(RuntimeError):  # written by another version of OpenVINO
                return self._models.read(path)
        model = convert(network, shapes)
        save = import_openvino().save_model
        self._cache.store(key, lambda out: save(model, out, compress_to_fp16=False))
        return model


def convert(network: nn.Module, shapes: tuple[Shape, ...]) -> Any:
    """Return OpenVINO's model of a network, traced with inputs of these shapes; it takes others too."""
    example = tuple(torch.zeros(shape) for shape in shapes)
    try:
        with torch.no_grad():
            return import_openvino().convert_model(network, example_input=example)
    except RuntimeError as error:
        raise BackendError(f"OpenVINO cannot convert the network: {str(error)[:200]}") from error


def on_arrays(run: Runner) -> ArrayRunner:
    """Return a runner of tensors as one of arrays, for those who do without torch."""

    def run_arrays(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        with torch.inference_mode():
            return tuple(out.cpu().numpy() for out in run(*map(torch.from_numpy, arrays)))

    return run_arrays


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
