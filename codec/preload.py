"""Loads the shared libraries of large packages ahead of their import, while other threads go on.

An import holds the interpreter's lock while the system loads a library. For torch that is half a second of
work and, on a busy machine, several seconds, in which no other thread shows a picture or answers a peer.
"""

from __future__ import annotations

import ctypes
import os
from importlib.util import find_spec
from pathlib import Path

LIBRARIES = {"torch": "lib/libtorch_python.*", "openvino": "libs/libopenvino.*"}
"""Of each package the library that brings most others with it, from the package's folder."""


def preload_library(package: str) -> None:
    """Load what `LIBRARIES` names for a package; what is missing or does not load is left to the import."""
    try:
        system = ctypes.CDLL(None)
        dlopen = system.dlopen
    except (OSError, TypeError, AttributeError):  # Windows has no dlopen
        return
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    for path in library_files(package, LIBRARIES[package]):
        dlopen(os.fsencode(path), os.RTLD_NOW)  # a call of ctypes lets go of the lock


def library_files(package: str, pattern: str) -> list[Path]:
    """Return the files of a package that is not imported for it; none where it is not installed."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    return sorted(path for folder in folders or () for path in Path(folder).glob(pattern))
