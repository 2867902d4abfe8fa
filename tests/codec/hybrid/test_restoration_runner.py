"""Tests of hybrid/restoration_runner.py: without torch where it can be, and the same pictures with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid import restoration_runner
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE
from narrowcast.codec.hybrid.converted import FLOAT, INT8, converted_model, save_converted
from narrowcast.codec.hybrid.header import BaseStream, HybridHeader
from narrowcast.codec.hybrid.restoration_network import RestorationNetwork
from narrowcast.codec.hybrid.restoration_runner import best_model, load_network
from narrowcast.codec.hybrid.weights import save_restoration
from narrowcast.codec.names import BACKEND_VARIABLE
from narrowcast.codec.openvino_models import OpenVinoModels
from narrowcast.codec.training.convert import convert_restoration
from narrowcast.codec.weights_file import SHIPPED
from tests.codec.sequences import moving
from tests.codec.tiny_restoration import TINY, tiny_restoration

pytest.importorskip("openvino", reason="openvino has no wheel for this platform")

WIDTH, HEIGHT = 100, 72  # no multiples of 16


def shown_by(network: RestorationNetwork) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    stream = BaseStream(base=AV1, scale=FULL_SIZE, width=WIDTH, height=HEIGHT, detail=0.5)
    headers = [HybridHeader(counter=n, crf=60, stream=None if n else stream) for n in range(3)]
    pictures = moving(WIDTH, HEIGHT, 3)
    return [network.picture(rgb, stream, header) for rgb, header in zip(pictures, headers, strict=True)]


@pytest.mark.parametrize("converted", [True, False])
def test_it_paints_the_same_with_torch_converted_before_and_converted_now(
    converted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_restoration(tmp_path, tiny_restoration(), TINY)
    if converted:
        convert_restoration(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ours = shown_by(load_network(tmp_path, "cpu", 1, WIDTH, HEIGHT))
    monkeypatch.setenv(BACKEND_VARIABLE, "torch")
    for picture, expected in zip(
        ours, shown_by(load_network(tmp_path, "cpu", 1, WIDTH, HEIGHT)), strict=True
    ):
        difference = np.abs(picture.astype(int) - expected)
        assert difference.mean() < 0.5 and difference.max() <= 12  # bf16 on CPUs with matrix units


def test_what_ships_paints_without_torch() -> None:
    program = (
        "import sys\n"
        "from narrowcast.codec.hybrid.restoration_runner import load_network\n"
        "from narrowcast.codec.weights_file import SHIPPED\n"
        "load_network(SHIPPED, 'cpu', 1, 64, 64)\n"
        "assert 'openvino' in sys.modules and not {'torch', 'safetensors'} & set(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_model_that_openvino_cannot_run_falls_back_to_torch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(threads: int) -> None:
        raise BackendError("no such instruction here")

    restoration_runner._warn_once.cache_clear()
    monkeypatch.setattr(restoration_runner, "OpenVinoModels", refuse)
    monkeypatch.setattr("narrowcast.codec.backends.OpenVinoModels", refuse)
    assert len(shown_by(load_network(SHIPPED, "cpu", 1, WIDTH, HEIGHT))) == 3
    assert "no such instruction here; going on with torch" in caplog.text


def chosen_of(folder: Path) -> str:
    """The name of the model that is taken here."""
    exact = converted_model(folder)
    assert exact is not None
    return best_model(OpenVinoModels(1), exact).stem


@pytest.fixture
def with_8_bits(tmp_path: Path) -> Path:
    """A small generator whose model in 8 bits is the same model: it agrees."""
    save_restoration(tmp_path, tiny_restoration(), TINY)
    convert_restoration(tmp_path)
    path = converted_model(tmp_path)
    assert path is not None
    save_converted(tmp_path, INT8, OpenVinoModels(1).read(path))
    return tmp_path


@pytest.mark.parametrize(("flags", "chosen"), [("fpu avx2 avx512_vnni", INT8), ("fpu avx2", FLOAT)])
def test_8_bits_are_for_processors_that_multiply_them(
    flags: str, chosen: str, with_8_bits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: {flags}\n")
    monkeypatch.setattr("narrowcast.codec.openvino_models._CPUINFO", tmp_path / "cpuinfo")
    assert chosen_of(with_8_bits) == chosen
    monkeypatch.setattr("narrowcast.codec.openvino_models._CPUINFO", tmp_path / "absent")
    assert chosen_of(with_8_bits) == FLOAT


def test_a_model_in_8_bits_that_paints_something_else_is_left_alone(
    with_8_bits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    save_restoration(other, tiny_restoration(strength=0.02), TINY)
    convert_restoration(other)
    path = converted_model(other)
    assert path is not None
    save_converted(with_8_bits, INT8, OpenVinoModels(1).read(path))
    monkeypatch.setattr(restoration_runner, "cpu_multiplies_int8", lambda: True)
    assert chosen_of(with_8_bits) == FLOAT


def test_what_ships_agrees_with_itself_in_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoration_runner, "cpu_multiplies_int8", lambda: True)
    assert chosen_of(SHIPPED) == INT8


@pytest.mark.parametrize(
    ("installed", "asked"), [("2.13.0+cpu", False), ("2.13.0", True), ("2.13.0+cu130", True)]
)
def test_only_a_torch_that_may_have_cuda_is_asked_for_it(
    installed: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoration_runner, "version", lambda name: installed)
    assert restoration_runner._wants_torch("auto") is asked
    assert not restoration_runner._wants_torch("cpu") and restoration_runner._wants_torch("cuda")
