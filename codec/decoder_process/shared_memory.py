"""Memory that a program and its decoder process both see: a payload, and pictures that are lent."""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import tempfile
import weakref
from collections import deque

import numpy as np

from narrowcast.codec.api import Rgb

LENT_PICTURES = 8
"""Pictures that their users may have at a time: some wait to be shown, one is shown, one is remembered by the
generator. Those beyond are copies. Memory is taken only of those that were in use."""


MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES_A_PIXEL, MAX_HEADER_BYTES = 32 << 20, 12, 1 << 16
"""No codec takes a longer payload for a picture. Through shared memory a long one costs the system two
changes from one process to the other, through a socket several."""


class SharedMemory:
    """Memory without a name in any file system: once both processes have ended, it is gone."""

    def __init__(self) -> None:
        self.name = f"narrowcast-{secrets.token_hex(8)}"
        "for Windows, where the other process finds it by its name, and only while one of the two has it open"
        self.descriptor = -1 if sys.platform == "win32" else _anonymous_file(self.name)
        "for all others, which pass it on to the process; -1 on Windows"

    def open(self, byte_count: int) -> mmap.mmap:
        """Return the memory, which gets its size here."""
        if self.descriptor >= 0:
            os.ftruncate(self.descriptor, byte_count)
        return open_memory(self.descriptor, self.name, byte_count)

    def close(self) -> None:
        """Give up the descriptor; what is open stays so."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _anonymous_file(name: str) -> int:
    if sys.platform == "linux":
        return os.memfd_create(name)
    with tempfile.TemporaryFile() as file:  # has no name from its beginning on
        return os.dup(file.fileno())


def open_memory(descriptor: int, name: str, byte_count: int) -> mmap.mmap:
    """Open memory that the other process has made, by its descriptor or, on Windows, by its name."""
    if sys.platform == "win32":
        return mmap.mmap(-1, byte_count, tagname=name)
    return mmap.mmap(descriptor, byte_count)


def _payload_bytes(width: int, height: int) -> int:
    return min(MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES_A_PIXEL * width * height + MAX_HEADER_BYTES)


class SharedPictures:
    """Pictures [height, width, 3] in shared memory, by number; and a payload in front of them."""

    def __init__(self, memory: mmap.mmap, width: int, height: int) -> None:
        self._memory = memory
        self._shape = height, width, 3
        self._payload_bytes = _payload_bytes(width, height)
        self._free = deque(range(1, LENT_PICTURES + 1))

    @staticmethod
    def byte_count(width: int, height: int) -> int:
        """How much memory they take: the payload, pictures that are lent, and number 0, which is copied."""
        return _payload_bytes(width, height) + (LENT_PICTURES + 1) * 3 * width * height

    def write_payload(self, payload: bytes) -> bool:
        """Write a payload for the other side; False where it is larger than any that is decoded."""
        if len(payload) > self._payload_bytes:
            return False
        self._memory[: len(payload)] = payload
        return True

    def read_payload(self, length: int) -> bytes:
        """Read what the other side wrote."""
        return self._memory[: min(length, self._payload_bytes)]

    def picture(self, number: int) -> Rgb:
        """The picture's memory, uint8 [height, width, 3]."""
        height, width, channels = self._shape
        start = self._payload_bytes + number * height * width * channels
        return np.ndarray(self._shape, np.uint8, self._memory, start)

    def take(self) -> int:
        """Return the number of a picture that nobody has."""
        return self._free.pop() if self._free else 0

    def give_back(self, number: int) -> None:
        """A taken picture is not wanted."""
        if number:
            self._free.append(number)  # the last one comes first: no more memory is touched than needed

    def lend(self, number: int) -> Rgb:
        """Return a taken picture; when the last reference to it and its views is gone, it is free again."""
        rgb = self.picture(number)
        if not number:
            return rgb.copy()
        weakref.finalize(rgb, self.give_back, number).atexit = False
        return rgb
