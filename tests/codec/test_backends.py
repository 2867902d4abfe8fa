"""Tests of codec/backends.py: OpenVINO paints what torch paints, and its cache on disk survives damage."""

from __future__ import annotations

import builtins
import ctypes
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
import pytest
import torch

from narrowcast.codec.backends import OpenVinoBackend, TorchBackend
from narrowcast.codec.errors import BackendError
from tests.codec.sequences import moving
from tests.codec.tiny_model import same_state, state_of, tiny_decoder, tiny_encoder, tiny_model

SHAPES = (1, 8, 4, 5), (1, 16, 1, 1)


@pytest.fixture(scope="module")
def openvino_backend(tmp_path_factory: pytest.TempPathFactory) -> OpenVinoBackend:
    """One for all tests, so that each network is converted once."""
    pytest.importorskip("openvino", reason="openvino has no wheel for this platform")
    return OpenVinoBackend(tmp_path_factory.mktemp("cache"), threads=1)


def test_torch_gives_float32_whatever_it_computes_in() -> None:
    run = TorchBackend("cpu").runner(tiny_model().synthesis, SHAPES)
    with torch.inference_mode():
        (painted,) = run(torch.zeros(SHAPES[0]), torch.ones(SHAPES[1]))
    assert painted.dtype == torch.float32 and painted.shape == (1, 3, 64, 80)


def test_openvino_paints_what_torch_paints(openvino_backend: OpenVinoBackend) -> None:
    encoder = tiny_encoder(75, 64)
    decoders = tiny_decoder(75, 64), tiny_decoder(75, 64, backend=openvino_backend)
    for picture in moving(75, 64, 4):
        payload = encoder.encode(picture, quality=0.6).payload
        torchs, openvinos = (decoder.decode(payload).astype(np.int16) for decoder in decoders)
        # bf16 on CPUs with matrix units: a few levels of 255.
        assert np.abs(torchs - openvinos).max() <= 12
        assert np.abs(torchs - openvinos).mean() < 2
        assert same_state(state_of(decoders[0]), state_of(decoders[1]))


def test_what_openvino_encodes_either_decodes(openvino_backend: OpenVinoBackend) -> None:
    encoder = tiny_encoder(80, 64, backend=openvino_backend)
    decoders = tiny_decoder(80, 64), tiny_decoder(80, 64, backend=openvino_backend)
    for index, picture in enumerate(moving(80, 64, 6)):
        payload = encoder.encode(picture, quality=0.2 * index).payload
        for decoder in decoders:
            decoder.decode(payload)
            assert same_state(state_of(encoder), state_of(decoder))


def test_threads_may_convert_at_the_same_time(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="openvino has no wheel for this platform")
    widths: list[int] = []
    start = threading.Barrier(3)

    def convert() -> None:
        synthesis, backend = tiny_model().synthesis, OpenVinoBackend(tmp_path / "cache", threads=1)
        start.wait()
        for columns in (5, 6):
            shapes = (1, 8, 4, columns), SHAPES[1]
            (painted,) = backend.runner(synthesis, shapes)(*(torch.zeros(shape) for shape in shapes))
            widths.append(painted.shape[-1])

    threads = [threading.Thread(target=convert) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(widths) == [80, 80, 80, 96, 96, 96]


def test_results_do_not_share_memory_with_the_next_call(openvino_backend: OpenVinoBackend) -> None:
    decoder = tiny_decoder(80, 64, backend=openvino_backend)
    encoder = tiny_encoder(80, 64)
    first, second = (encoder.encode(picture, quality=0.5).payload for picture in moving(80, 64, 2))
    shown = decoder.decode(first)
    kept = shown.copy()
    decoder.decode(second)
    assert np.array_equal(shown, kept)


def test_the_conversion_is_cached_and_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="openvino has no wheel for this platform")
    openvino_backend = OpenVinoBackend(tmp_path / "cache", threads=1)
    network = tiny_model().synthesis
    inputs, gain = torch.ones(SHAPES[0]), torch.ones(SHAPES[1])
    folder = tmp_path / "cache"
    (expected,) = openvino_backend.runner(network, SHAPES)(inputs, gain)
    (model,) = folder.glob("*.xml")
    written = model.read_bytes()
    with patch("narrowcast.codec.backends.convert", side_effect=AssertionError("it is cached")):
        (cached,) = openvino_backend.runner(network, SHAPES)(inputs, gain)
    assert torch.equal(cached, expected)
    assert sorted(path.suffix for path in folder.iterdir()) == [".bin", ".sha256", ".xml"]

    weights = model.with_suffix(".bin")
    for path, damaged in ((model, written[:1000]), (weights, bytes(weights.stat().st_size))):
        path.write_bytes(damaged)
        (again,) = openvino_backend.runner(network, SHAPES)(inputs, gain)
        assert torch.equal(again, expected), f"{path.suffix} was used as it was"
        assert path.read_bytes() != damaged


def test_without_a_cache_networks_run_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("openvino", reason="openvino has no wheel for this platform")
    (tmp_path / "file").write_text("")
    backend = OpenVinoBackend(tmp_path / "file" / "cache", threads=1)
    network = torch.nn.Conv2d(3, 3, 1)
    picture = torch.ones(1, 3, 8, 8)
    (result,) = backend.runner(network, ((1, 3, 8, 8),))(picture)
    assert torch.allclose(result, network(picture), atol=0.02)
    assert "set XDG_CACHE_HOME to a folder that can be written" in caplog.text


def test_without_openvino_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def no_openvino(name: str, *rest: object) -> ModuleType:
        if name == "openvino":
            raise ImportError(name)
        return real_import(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", no_openvino)
    with pytest.raises(BackendError, match="pip install openvino"):
        OpenVinoBackend(tmp_path, threads=1)


def test_openvino_is_loaded_without_its_telemetry() -> None:
    pytest.importorskip("openvino", reason="openvino is not installed")
    code = (
        "import sys, pathlib, tempfile\n"
        "from narrowcast.codec.backends import OpenVinoBackend\n"
        "import torch\n"
        "backend = OpenVinoBackend(pathlib.Path(tempfile.mkdtemp()), 1)\n"
        "backend.runner(torch.nn.Conv2d(3, 3, 1), ((1, 3, 8, 8),))\n"
        "loaded = [name for name in sys.modules if 'telemetry' in name and sys.modules[name] is not None]\n"
        "print([name for name in loaded if name.startswith('openvino_telemetry')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks Linux' own function")
def test_compiling_leaves_this_threads_stack_for_signals_alone(tmp_path: Path) -> None:
    def alternate_stack() -> bytes:
        stack = ctypes.create_string_buffer(24)  # stack_t: address, flags, size
        assert ctypes.CDLL(None).sigaltstack(None, stack) == 0
        return stack.raw

    pytest.importorskip("openvino")
    before = alternate_stack()
    OpenVinoBackend(tmp_path, 1).runner(torch.nn.Conv2d(3, 3, 1), ((1, 3, 64, 64),))
    assert alternate_stack() == before
