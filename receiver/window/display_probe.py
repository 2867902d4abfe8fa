"""Whether a window can be opened here, tried in another process than this one.

Qt, which draws OpenCV's windows, does not raise where it cannot: it aborts the process. So a cheap look at
the environment comes first, and then a child process tries.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping

_CONNECT_TIMEOUT_S = 2.0
_TRY_TIMEOUT_S = 20.0
"a cold start of Python and Qt over a slow link takes seconds; a hang must not hold up the receiver for ever"
_TRY = "import cv2; cv2.namedWindow('.'); cv2.waitKey(1); cv2.destroyAllWindows()"
_X11_FIRST_PORT = 6000


def display_usable() -> bool:
    """Whether OpenCV can open a window."""
    if sys.platform.startswith("linux") and not _display_answers(os.environ):
        return False
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _TRY],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TRY_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def _display_answers(environment: Mapping[str, str]) -> bool:
    """Whether the environment names a Wayland display, or an X11 display that can be connected to."""
    if environment.get("WAYLAND_DISPLAY"):
        return True
    match = re.fullmatch(r"(?P<host>.*):(?P<number>\d+)(\.\d+)?", environment.get("DISPLAY", ""))
    if match is None:
        return False
    number = int(match["number"])
    if match["host"] in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, "\0" + path)
    return _connects(socket.AF_INET, (match["host"], _X11_FIRST_PORT + number))


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_TIMEOUT_S)
        try:
            probe.connect(address)
        except (OSError, OverflowError):
            return False
    return True
