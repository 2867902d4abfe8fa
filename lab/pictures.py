"""The clip or picture that an experiment looks at: read, brought to one size, told what was done to it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from narrowcast.benchmark.clips import Clip, load_clip
from narrowcast.codec import Rgb
from narrowcast.codec.api import MIN_SIDE
from narrowcast.errors import SourceError
from narrowcast.sender.sources.fit import fit_picture
from narrowcast.sender.sources.picture_file import IMAGE_SUFFIXES, read_picture

FPS = 15.0
_CHANNELS = {1: "grey", 3: "colour", 4: "colour with an alpha channel"}


def lab_clip(path: Path, size: tuple[int, int], frames: int) -> Clip:
    """Read so many frames of a clip; ClipError says what is wrong with it."""
    return load_clip(path, width=size[0], height=size[1], fps=FPS, max_frames=frames)


def lab_picture(path: Path, size: tuple[int, int] | None) -> tuple[Rgb, str]:
    """Read a picture, or a clip's first; also return what was done to it, empty for eight bits of colour.

    It is read as the sender reads it: one channel becomes three alike, sixteen bits become eight, what is
    transparent becomes white. Without a size the picture keeps its own, cut to whole blocks of 16x16.
    SourceError for what cannot be read, or is too small.
    """
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return lab_clip(path, size or (640, 352), 1).frames[0], ""
    if not path.exists():
        raise SourceError(f"there is no {path}; check the name")
    try:
        rgb = read_picture(path)
    except SourceError as error:
        raise SourceError(f"{path} cannot be read as a picture: {error.text}") from error
    height, width = rgb.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise SourceError(f"{path} is {width}x{height}; it has to be {MIN_SIDE}x{MIN_SIDE} at least")
    size = size or (width // 16 * 16, height // 16 * 16)
    kind = _kind(path)
    return fit_picture(rgb, *size), f"{path} is {kind}: taken as RGB of 8 bits" if kind else ""


def _kind(path: Path) -> str:
    """What a picture file holds, in words; empty for eight bits of colour, and where OpenCV cannot tell."""
    raw = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None or (raw.ndim == 3 and raw.shape[2] == 3 and raw.itemsize == 1):
        return ""
    channels = _CHANNELS.get(1 if raw.ndim == 2 else raw.shape[2], "of other channels")
    return f"{channels} of {8 * raw.itemsize} bits"
