"""A virtual X11 display (Xvfb) and a look at what is on it."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from narrowcast.receiver.window.overlay import Picture

XVFB = shutil.which("Xvfb")


@dataclass(frozen=True, kw_only=True)
class VirtualDisplay:
    """A running Xvfb."""

    name: str
    "value for DISPLAY"
    framebuffer: Path
    "the screen as an XWD file that the server keeps up to date"

    def screenshot(self) -> Picture:
        """Read the screen: uint8 RGB [H, W, 3]."""
        data = self.framebuffer.read_bytes()
        header = struct.unpack(">25I", data[:100])
        width, height, bits, row_bytes, colours = header[4], header[5], header[11], header[12], header[19]
        pixels = np.frombuffer(data, np.uint8, row_bytes * height, header[0] + 12 * colours)
        channels = bits // 8
        bgr = pixels.reshape(height, row_bytes)[:, : width * channels].reshape(height, width, channels)
        return bgr[..., 2::-1].copy()


@contextmanager
def virtual_display(folder: Path) -> Iterator[VirtualDisplay]:
    """Run an Xvfb of 1024x768 on a free display number."""
    assert XVFB is not None
    reading, writing = os.pipe()
    command = [XVFB, "-displayfd", str(writing), "-screen", "0", "1024x768x24", "-fbdir", str(folder)]
    command += ["-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as numbers:
            number = numbers.readline().strip()
        try:
            yield VirtualDisplay(name=f":{number}", framebuffer=folder / "Xvfb_screen0")
        finally:
            server.terminate()
