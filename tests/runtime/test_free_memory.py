"""Freed memory goes back to the system, where the C library can do that."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from narrowcast.runtime.free_memory import give_memory_back

BLOCKS, BLOCK_BYTES = 2000, 60_000
"Below the size from which glibc maps each block by itself."


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_what_was_freed_in_the_middle_of_the_heap_is_given_back() -> None:
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        pytest.skip("this C library keeps nothing")
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    blocks = [library.malloc(BLOCK_BYTES) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK_BYTES)
    for block in blocks[:-1]:
        library.free(block)
    before = resident_bytes()
    give_memory_back()
    assert before - resident_bytes() > BLOCKS * BLOCK_BYTES // 2
    library.free(blocks[-1])


def test_it_does_no_harm_where_there_is_nothing_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    give_memory_back()
