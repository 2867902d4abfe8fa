"""Tests of codec/preload.py: libraries are found without importing, loaded, and missing ones are no fault."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from narrowcast.codec import preload
from narrowcast.codec.preload import LIBRARIES, library_files, preload_library


def test_the_libraries_are_where_the_packages_keep_them() -> None:
    for package, pattern in LIBRARIES.items():
        files = library_files(package, pattern)
        assert files and all(path.is_file() for path in files), f"{package} has moved {pattern}"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is loaded")
def test_they_are_loaded_and_the_packages_are_not_imported() -> None:
    program = (
        "import sys\n"
        "from narrowcast.codec.preload import preload_library\n"
        "preload_library('torch')\n"
        "preload_library('openvino')\n"
        "loaded = open('/proc/self/maps').read()\n"
        "assert 'libtorch_python' in loaded and 'libopenvino' in loaded\n"
        "assert not {'torch', 'openvino'} & set(sys.modules)\n"
        "import torch, openvino\n"
        "assert float(torch.ones(3).sum()) == 3\n"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_what_is_missing_or_no_library_is_left_to_the_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "no_library_package").mkdir()
    (tmp_path / "no_library_package" / "libtext.so").write_text("text")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert library_files("no_such_package", "*") == []
    assert len(library_files("no_library_package", "libtext.*")) == 1
    monkeypatch.setattr(preload, "LIBRARIES", {"no_such_package": "*", "no_library_package": "libtext.*"})
    preload_library("no_such_package")
    preload_library("no_library_package")


def test_a_system_without_dlopen_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: object) -> object:
        raise TypeError("LoadLibrary() argument 1 must be str, not None")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    preload_library("torch")
