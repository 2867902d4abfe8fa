"""The clip or picture that an experiment looks at: read, brought to one size, told what was done to it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from benchmark.clips import Clip, load_clip
from codec import Rgb
from narrowcast.errors import SourceError
from sender.sources.feeds import IMAGE_SUFFIXES
from sender.sources.fit import fit_picture

FPS = 15.0
_CHANNELS = {1: "grey", 3: "colour", 4: "colour with an alpha channel"}


def lab_clip(path: Path, size: tuple[int, int], frames: int) -> Clip:
    """Read so many frames of a clip; ClipError says what is wrong with it."""
    return load_clip(path, width=size[0], height=size[1], fps=FPS, max_frames=frames)


def lab_picture(path: Path, size: tuple[int, int] | None) -> tuple[Rgb, str]:
    """Read a picture, or a clip's first; also return what was done to it, empty for eight bits of colour.

    One channel becomes three alike, sixteen bits become the upper eight, and alpha is left out. Without a
    size the picture keeps its own, cut to whole blocks of 16x16. SourceError for what cannot be read, or is
    too small.
    """
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return lab_clip(path, size or (640, 352), 1).frames[0], ""
    if not path.exists():
        raise SourceError(f"there is no {path}; check the name")
    data = np.fromfile(path, np.uint8)
    raw = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if raw is None:
        raise SourceError(f"{path} cannot be read as a picture; take a PNG, JPEG or WebP")
    channels = 1 if raw.ndim == 2 else raw.shape[2]
    if raw.dtype not in (np.uint8, np.uint16) or channels not in _CHANNELS:
        raise SourceError(
            f"{path} has {channels} channels of {raw.dtype}; take one of 8 or 16 bits, grey or colour"
        )
    eight = np.asarray(raw // 256 if raw.dtype == np.uint16 else raw, np.uint8)
    to_rgb = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}[channels]
    rgb = np.asarray(cv2.cvtColor(eight, to_rgb), np.uint8)
    height, width = rgb.shape[:2]
    if min(height, width) < 64:
        raise SourceError(f"{path} is {width}x{height}; it has to be 64x64 at least")
    size = size or (width // 16 * 16, height // 16 * 16)
    plain = channels == 3 and raw.dtype == np.uint8
    done = (
        ""
        if plain
        else f"{path} is {_CHANNELS[channels]} of {raw.dtype.itemsize * 8} bits: taken as RGB of 8 bits"
    )
    return fit_picture(rgb, *size), done
