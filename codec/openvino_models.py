"""OpenVINO on this machine's CPU: models read, compiled and run on arrays, without torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from numpy.typing import NDArray

from narrowcast.codec.errors import BackendError

ArrayRunner: TypeAlias = Callable[..., tuple[NDArray[Any], ...]]
"""Arrays in, arrays out, in the order of the network's forward; what comes out is the caller's to keep."""


def import_openvino() -> ModuleType:
    """Import OpenVINO without its telemetry; BackendError where it is not installed.

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


INT8_FLAGS = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"}
"""How Linux names instructions that multiply 8-bit numbers and add them up (x86 and ARM)."""

_CPUINFO = Path("/proc/cpuinfo")


def cpu_multiplies_int8() -> bool:
    """Whether this processor has instructions for 8-bit products, which are slow or saturate without."""
    try:
        return bool(INT8_FLAGS & set(_CPUINFO.read_text().split()))
    except OSError:  # only Linux tells
        return False


class OpenVinoModels:
    """Compiles models for the CPU, for as many threads as it is told."""

    def __init__(self, threads: int) -> None:
        self._core = import_openvino().Core()
        self._options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}

    def read(self, path: Path) -> Any:
        """Read a model's file; RuntimeError where OpenVINO cannot."""
        return self._core.read_model(path)

    def compile(
        self, model: Any, shapes: Mapping[int, tuple[int, ...]], *, exact: bool = False
    ) -> ArrayRunner:
        """Compile a model for inputs of these shapes, by their number.

        Args:
            model: as `read` or OpenVINO's converter gives it.
            shapes: of the inputs.
            exact: compute in float32 where the CPU would rather take less.

        Returns:
            What runs it on arrays. BackendError where OpenVINO cannot compile it.
        """
        options = self._options | ({"INFERENCE_PRECISION_HINT": "f32"} if exact else {})
        try:
            model.reshape({index: list(shape) for index, shape in shapes.items()})
            request = self._compiled(model, options).create_infer_request()
        except RuntimeError as error:
            raise BackendError(f"OpenVINO cannot run the network here: {str(error)[:200]}") from error

        def run(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
            results = request.infer(list(arrays), share_inputs=True)
            return tuple(results[index] for index in range(len(results)))

        return run

    def _compiled(self, model: Any, options: dict[str, object]) -> Any:
        """Compile a model in a thread of its own.

        On processors with AMX OpenVINO gives the thread that compiles a small stack for signals. It holds the
        processor's registers once; a handler that is linked lazily saves them again, and Ctrl-C would end the
        program with a segmentation fault.
        """
        with ThreadPoolExecutor(1, "compile") as thread:
            return thread.submit(self._core.compile_model, model, "CPU", options).result()
