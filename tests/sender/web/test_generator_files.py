"""Tests of sender/web/generator_files.py: what the page is told of the generator."""

from __future__ import annotations

from pathlib import Path

from narrowcast.sender.web.generator_files import (
    GPU_RUNTIME_FILES,
    NETWORK,
    NETWORK_MISSING,
    RUNTIME_FILES,
    RUNTIME_MISSING,
    GeneratorFiles,
)


def folders(tmp_path: Path, *runtime: str, network: bool = True) -> GeneratorFiles:
    vendor, weights = tmp_path / "vendor", tmp_path / "weights"
    for folder in (vendor, weights):
        folder.mkdir()
    for name in runtime:
        (vendor / name).write_bytes(b"x" * 10)
    if network:
        (weights / NETWORK).write_bytes(b"y" * 100)
    (weights / "restoration.safetensors").write_bytes(b"z")
    return GeneratorFiles(vendor, weights)


def test_all_of_it(tmp_path: Path) -> None:
    files = folders(tmp_path, *RUNTIME_FILES, *GPU_RUNTIME_FILES)
    told = files.told()
    assert told["bytes"] == told["gpuBytes"] == 130 and told["gpuRuntime"] == GPU_RUNTIME_FILES[0]
    assert files.find(NETWORK) is not None and files.find(RUNTIME_FILES[0]) is not None
    assert files.find("restoration.safetensors") is None and files.find("LICENSE.txt") is None


def test_without_what_is_for_gpus(tmp_path: Path) -> None:
    assert folders(tmp_path, *RUNTIME_FILES).told()["gpuRuntime"] is None


def test_what_is_missing_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert folders(tmp_path / "a").told() == {"missing": RUNTIME_MISSING}
    assert folders(tmp_path / "b", *RUNTIME_FILES, network=False).told() == {"missing": NETWORK_MISSING}
