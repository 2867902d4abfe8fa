"""What holds for every test."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

# FFmpeg reads its log level once a process, when the first test opens or writes a video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

# What is printed to be pasted then begins with the plain name: a shell finds this installation by it.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

# A run in the background (`&`, nohup) starts with signals ignored, and so would the programs that it tests.
ORDINARY: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler}
if hasattr(signal, "SIGHUP"):  # not on Windows
    ORDINARY[signal.SIGHUP] = signal.SIG_DFL
for number, handler in ORDINARY.items():
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)
