"""Finds what runs the hybrid codec's generator here: the converted model, without torch, where it can."""

from __future__ import annotations

import ctypes
import logging
import os
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.converted import converted_model
from narrowcast.codec.hybrid.restoration_network import RestorationNetwork, step_shapes
from narrowcast.codec.names import BACKEND_VARIABLE
from narrowcast.codec.openvino_models import ArrayRunner, OpenVinoModels
from narrowcast.codec.preload import preload_library

logger = logging.getLogger(__name__)


def load_network(folder: Path, device: str, threads: int, width: int, height: int) -> RestorationNetwork:
    """Load the generator of a folder of weights for pictures of this size, and run it once.

    Raises:
        WeightsError: a file is missing, altered or of another version.
        BackendError: the device is not there.
    """
    network = RestorationNetwork(_runner(folder, device, threads, width, height), width, height)
    network.warm_up()
    _give_back_memory()
    return network


def _runner(folder: Path, device: str, threads: int, width: int, height: int) -> ArrayRunner:
    shapes = step_shapes(height, width)
    model = None if _wants_torch(device) else converted_model(folder)
    if model is not None:
        try:
            models = OpenVinoModels(threads)
            return models.compile(models.read(model), dict(enumerate(shapes)))
        except (BackendError, RuntimeError) as error:
            _warn_once(str(error)[:200])
    preload_library("torch")
    from narrowcast.codec.backends import choose_backend, on_arrays
    from narrowcast.codec.hybrid.restoration_step import RestorationStep
    from narrowcast.codec.hybrid.weights import load_restoration

    step = RestorationStep(load_restoration(folder)).eval()
    return on_arrays(choose_backend(device, threads).runner(step, shapes))


def _wants_torch(device: str) -> bool:
    """Whether torch is asked for, or has to be asked whether there is a CUDA device."""
    if device == "cuda" or os.environ.get(BACKEND_VARIABLE) == "torch":
        return True
    return device == "auto" and _torch_may_have_cuda()


def _torch_may_have_cuda() -> bool:
    """Whether the torch that is installed may be a CUDA build; asking torch itself takes over a second."""
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False


def _give_back_memory() -> None:
    """Let go of what compiling needed (30 MB at 640x360), which glibc keeps for later."""
    with suppress(OSError, TypeError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


@cache
def _warn_once(text: str) -> None:
    logger.warning("%s; going on with torch", text)
