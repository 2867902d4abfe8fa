"""The files with which a browser paints: the runtime, vendored from npm, and the network as ONNX."""

from __future__ import annotations

from pathlib import Path

from narrowcast.codec.weights_file import SHIPPED
from narrowcast.sender.web.assets import VENDOR_FOLDER, Asset, AssetFolder

NETWORK = "restoration.onnx"
"What `narrowcast train export --onnx` writes beside the weights."

RUNTIME = "ort.wasm.min.mjs"
RUNTIME_FILES = (RUNTIME, "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
GPU_RUNTIME = "ort.jspi.min.mjs"
GPU_RUNTIME_FILES = (GPU_RUNTIME, "ort-wasm-simd-threaded.jspi.mjs", "ort-wasm-simd-threaded.jspi.wasm")

RUNTIME_MISSING = "the generator's runtime is not on the sender: run `make browser` there, and start it again"
NETWORK_MISSING = "the generator is not on the sender: `narrowcast train export --onnx` writes it"


class GeneratorFiles:
    """What there is of it, by name."""

    def __init__(self, vendor: Path = VENDOR_FOLDER, weights: Path = SHIPPED) -> None:
        self._runtime = AssetFolder(vendor)
        self._weights = AssetFolder(weights)

    def find(self, name: str) -> Asset | None:
        """Read a file; None where there is none."""
        if name == NETWORK:
            return self._weights.find(name)
        return self._runtime.find(name) if name in (*RUNTIME_FILES, *GPU_RUNTIME_FILES) else None

    def told(self) -> dict[str, object]:
        """What the page is told: addresses and sizes, or why there is no generator."""
        if NETWORK not in self._weights:
            return {"missing": NETWORK_MISSING}
        if any(name not in self._runtime for name in RUNTIME_FILES):
            return {"missing": RUNTIME_MISSING}
        network_bytes = self._weights.wire_bytes(NETWORK)
        gpu = all(name in self._runtime for name in GPU_RUNTIME_FILES)
        return {
            "base": f"generator/{self._runtime.version}-{self._weights.version}/",
            "network": NETWORK,
            "runtime": RUNTIME,
            "bytes": network_bytes + self._runtime.wire_bytes(*RUNTIME_FILES),
            "gpuRuntime": GPU_RUNTIME if gpu else None,
            "gpuBytes": network_bytes + self._runtime.wire_bytes(*GPU_RUNTIME_FILES) if gpu else None,
        }
