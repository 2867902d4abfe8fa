"""What holds for every test."""

from __future__ import annotations

import os

# FFmpeg reads its log level once a process, when the first test opens or writes a video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
