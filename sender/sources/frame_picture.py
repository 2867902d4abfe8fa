"""A decoded frame as a picture: upright, square pixels, a usual screen's colours, nothing transparent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.tone_map import DEEP_FORMAT, ColorMap, colors_of

MAX_SIDE = 1 << 15
"""Pixels; no picture is larger."""

MAX_ASPECT = 8
"A pixel aspect beyond 8:1 is a broken header, not a camera."

WHITE = (255, 255, 255)

_ALPHA = ("rgba", "bgra", "argb", "abgr", "yuva", "gbrap", "ya", "ayuv", "vuya", "pal")
"Formats that may be transparent begin like this, in FFmpeg's names."

Color = tuple[int, int, int]
"Red, green, blue from 0 to 255."


class FrameConverter:
    """Makes RGB pictures of frames, no larger than a stream needs them."""

    def __init__(self, width: int | None, height: int | None, background: Color = WHITE) -> None:
        """Say what the pictures are for.

        Args:
            width: of the stream; larger pictures are brought down to cover it. None for their own size.
            height: likewise.
            background: what shows behind transparent pixels.
        """
        self._wanted = (width or MAX_SIDE, height or MAX_SIDE)
        self._background = background
        self._color_map: ColorMap | None = None
        # A frame's own `reformat` sets FFmpeg's scaler up anew for each frame, with a thread a processor.
        self._reformatter = VideoReformatter()

    def picture(self, frame: VideoFrame, pixel_aspect: Fraction | None) -> Picture:
        """Convert to uint8 RGB [H, W, 3]; a missing or impossible pixel aspect counts as square."""
        turn = _Turn(frame)
        width, height = self._size(frame, _aspect(pixel_aspect), transposed=turn.transposed)
        colors = colors_of(frame)
        if not colors.are_usual:
            deep = self._scaled(frame, width, height, DEEP_FORMAT)
            if self._color_map is None or self._color_map.kind != (colors, width, height):
                self._color_map = ColorMap(colors, width, height)
            return turn.applied(self._color_map.mapped(deep))
        if frame.format.name.startswith(_ALPHA):
            rgba = self._scaled(frame, width, height, "rgba").to_ndarray()
            return turn.applied(flattened(np.asarray(rgba, np.uint8), self._background))
        return turn.applied(np.asarray(self._scaled(frame, width, height, "rgb24").to_ndarray(), np.uint8))

    def _scaled(self, frame: VideoFrame, width: int, height: int, pixel_format: str) -> VideoFrame:
        shrinks = width < frame.width or height < frame.height
        interpolation = "AREA" if shrinks else "BICUBIC"
        return self._reformatter.reformat(
            frame, width, height, pixel_format, interpolation=interpolation, threads=1
        )

    def _size(self, frame: VideoFrame, aspect: float, *, transposed: bool) -> tuple[int, int]:
        """Return (width, height) before the turn: square pixels, no more than the stream can show."""
        width, height = float(frame.width), float(frame.height)
        if aspect > 1:
            width *= aspect
        else:
            height /= aspect
        wanted_width, wanted_height = reversed(self._wanted) if transposed else self._wanted
        share = min(1.0, max(wanted_width / width, wanted_height / height))
        return max(1, round(width * share)), max(1, round(height * share))


class _Turn:
    """The turn and the mirror that a frame's display matrix asks for."""

    def __init__(self, frame: VideoFrame) -> None:
        """Read the matrix: (x, y) of a pixel becomes (a x + c y, b x + d y) on the screen."""
        # Not `frame.side_data`: it and the frame would hold each other until the garbage collector comes.
        found = cast(Any, SideDataContainer)(frame).get(Type.DISPLAYMATRIX)
        numbers = np.frombuffer(bytes(found), "<i4", 9) if found is not None else None
        a, b, c, d = (1, 0, 0, 1) if numbers is None else (int(numbers[i]) for i in (0, 1, 3, 4))
        self.transposed = abs(b) + abs(c) > abs(a) + abs(d)
        "whether rows become columns"
        across, down = (c, b) if self.transposed else (a, d)
        self._steps = (-1 if down < 0 else 1, -1 if across < 0 else 1)

    def applied(self, rgb: Picture) -> Picture:
        """Turn a picture upright."""
        if not self.transposed and self._steps == (1, 1):
            return rgb
        turned = rgb.transpose(1, 0, 2) if self.transposed else rgb
        return np.ascontiguousarray(turned[:: self._steps[0], :: self._steps[1]])


def flattened(rgba: Picture, background: Color) -> Picture:
    """Lay uint8 RGBA [H, W, 4] over a background; returns uint8 RGB [H, W, 3]."""
    rgb, alpha = rgba[..., :3], rgba[..., 3:]
    if alpha.min(initial=255) == 255:
        return np.ascontiguousarray(rgb)
    weight = alpha.astype(np.uint16)
    mixed = rgb * weight + np.array(background, np.uint16) * (255 - weight)
    return ((mixed + 127) // 255).astype(np.uint8)


def _aspect(found: Fraction | None) -> float:
    """Return the width of a pixel over its height."""
    aspect = float(found or 1)
    return aspect if 1 / MAX_ASPECT <= aspect <= MAX_ASPECT else 1.0
