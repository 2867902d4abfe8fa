"""Finds what runs the hybrid codec's generator here: the converted model, without torch, where it can."""

from __future__ import annotations

import ctypes
import logging
import os
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE
from narrowcast.codec.hybrid.conditions import conditions
from narrowcast.codec.hybrid.converted import INT8, converted_model
from narrowcast.codec.hybrid.restoration_network import RestorationNetwork, step_shapes
from narrowcast.codec.names import BACKEND_VARIABLE
from narrowcast.codec.openvino_models import ArrayRunner, OpenVinoModels, cpu_multiplies_int8
from narrowcast.codec.preload import preload_library

logger = logging.getLogger(__name__)

MAX_ERROR_SHARE = 0.3
"""Error of the 8-bit model, against what the other paints, from which it is wrong; 0.12 is usual."""

_PROOF = 64
"Pixels a side of the picture that it is proven on."


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
    exact = None if _wants_torch(device) else converted_model(folder)
    if exact is not None:
        try:
            models = OpenVinoModels(threads)
            model = best_model(models, exact)
            return models.compile(models.read(model), dict(enumerate(shapes)))
        except (BackendError, RuntimeError) as error:
            _warn_once(str(error)[:200])
    preload_library("torch")
    from narrowcast.codec.backends import choose_backend, on_arrays
    from narrowcast.codec.hybrid.restoration_step import RestorationStep
    from narrowcast.codec.hybrid.weights import load_restoration

    step = RestorationStep(load_restoration(folder)).eval()
    return on_arrays(choose_backend(device, threads).runner(step, shapes))


def best_model(models: OpenVinoModels, exact: Path) -> Path:
    """Return the file for this processor: in 8 bits, beside the exact one, where that is fast and right."""
    quantised = converted_model(exact.parent, INT8) if cpu_multiplies_int8() else None
    return quantised if quantised is not None and _agree(models, exact, quantised) else exact


def _agree(models: OpenVinoModels, exact: Path, quantised: Path) -> bool:
    """Prove the 8-bit model on a test picture of noise: it paints what the other does, but for rounding."""
    rng = np.random.default_rng(0)
    base = rng.random((_PROOF, _PROOF, 3), np.float32)
    last = base + np.float32(0.02) * rng.standard_normal(base.shape, np.float32)
    told = np.array([conditions(AV1, AV1.crf_thin, FULL_SIZE, keyframe=False, detail=0.4)], np.float32)
    inputs = base, last, last, last, last, told, np.array([1.0, 1.0], np.float32)
    shapes = dict(enumerate(step_shapes(_PROOF, _PROOF)))
    painted = [models.compile(models.read(path), shapes)(*inputs)[0] - base for path in (exact, quantised)]
    error = float(np.square(painted[1] - painted[0]).mean())
    return error <= MAX_ERROR_SHARE**2 * float(np.square(painted[0]).mean())


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
