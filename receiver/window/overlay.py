"""What is drawn over the picture: statistics, the frame's age, banners. Each function gives a new picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"A picture: uint8 [H, W, 3], RGB."
Colour = tuple[int, int, int]

FRESH_MS = 500.0
"Up to this age a frame counts as live: a thin link can hardly do better."
STALE_MS = 2000.0
"Beyond this age a frame counts as stale."
MARK = "reconstructed"
PAIR_TITLES = ("as it was shown", "exact, from the sender")
WHITE: Colour = (255, 255, 255)
GREEN: Colour = (90, 220, 110)
AMBER: Colour = (255, 180, 40)
RED: Colour = (235, 50, 50)

_MIN_HEIGHT = 480
"Smaller pictures are enlarged before text is drawn on them, so that it can be read."
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LINE_SHARE = 22
"a line of text takes one part in so many of the height"
_TEXT_PIXELS_AT_SCALE_1 = 22
_MIN_TIME_PIXELS = 16
"A line that is written into recorded pictures is as high at least: they are coded again, not enlarged."


def age_colour(age_ms: float) -> Colour:
    """Green for a live frame, amber for a late one, red for a stale one."""
    if age_ms <= FRESH_MS:
        return GREEN
    return AMBER if age_ms <= STALE_MS else RED


def age_text(age_ms: float) -> str:
    """Write an age as a person would say it."""
    return f"{age_ms:.0f} ms old" if age_ms < 1000 else f"{age_ms / 1000:.1f} s old"


def enlarged(rgb: Picture) -> Picture:
    """Copy the picture, small ones made large enough to write on."""
    height, width = rgb.shape[:2]
    if height >= _MIN_HEIGHT:
        return rgb.copy()
    size = (round(width * _MIN_HEIGHT / height), _MIN_HEIGHT)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def with_statistics(rgb: Picture, lines: Sequence[str]) -> Picture:
    """Write lines into the upper left corner, on a darkened ground."""
    picture = rgb.copy()
    if not lines:
        return picture
    scale = _scale_for(picture, lines, 0.96)
    line_height = _line_height(scale)
    box_width = max(_text_width(line, scale) for line in lines) + line_height
    _darken(picture, 0, line_height // 2 + line_height * len(lines), 0, box_width)
    for row, line in enumerate(lines, start=1):
        _write(picture, line, line_height // 2, row * line_height, scale, WHITE)
    return picture


def with_age(rgb: Picture, age_ms: float) -> Picture:
    """Write the frame's age into the lower right corner, in the colour of `age_colour`."""
    picture = rgb.copy()
    text, colour = age_text(age_ms), age_colour(age_ms)
    height, width = picture.shape[:2]
    scale = _scale_for(picture, [text], 0.5)
    line_height = _line_height(scale)
    left = width - _text_width(text, scale) - line_height
    _darken(picture, height - round(1.5 * line_height), height, left, width)
    _write(picture, text, left + line_height // 2, height - line_height // 2, scale, colour)
    return picture


def with_mark(rgb: Picture) -> Picture:
    """Write into the lower left corner that a generator painted the picture: it is no evidence."""
    picture = rgb.copy()
    scale = _scale_for(picture, [MARK], 0.5, share=_LINE_SHARE * 1.3)
    line_height = _line_height(scale)
    height = picture.shape[0]
    _darken(picture, height - round(1.5 * line_height), height, 0, _text_width(MARK, scale) + line_height)
    _write(picture, MARK, line_height // 2, height - line_height // 2, scale, WHITE)
    return picture


def time_text(taken: datetime) -> str:
    """When a picture was taken, as in 2026-01-31 23:59:58.1 +01:00."""
    offset = f"{taken:%z}"
    zone = f"{offset[:3]}:{offset[3:5]}" if offset else "(no zone)"
    return f"{taken:%Y-%m-%d %H:%M:%S}.{taken.microsecond // 100_000} {zone}"


def with_time(rgb: Picture, text: str) -> Picture:
    """Write when a picture was taken into its upper right corner, on darkened ground."""
    picture = rgb.copy()
    share = min(_LINE_SHARE, picture.shape[0] / _MIN_TIME_PIXELS)
    scale = _scale_for(picture, [text], 0.96, share=share)
    line_height = _line_height(scale)
    left = picture.shape[1] - _text_width(text, scale) - line_height
    _darken(picture, 0, round(1.5 * line_height), left, picture.shape[1])
    _write(picture, text, left + line_height // 2, line_height, scale, WHITE)
    return picture


def with_strip(rgb: Picture, text: str) -> Picture:
    """Lay a dark strip with a few words across the top, as in: paused 4 s."""
    picture = rgb.copy()
    scale = _scale_for(picture, [text], 0.9)
    line_height = _line_height(scale)
    left = (picture.shape[1] - _text_width(text, scale)) // 2
    _darken(picture, 0, round(1.6 * line_height), 0, picture.shape[1])
    _write(picture, text, left, round(1.15 * line_height), scale, AMBER)
    return picture


def with_banner(rgb: Picture, text: str, detail: str = "", colour: Colour = RED) -> Picture:
    """Take the colour out of the picture and lay a band with text across it, so that it cannot look live."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) // 2
    picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
    height, width = picture.shape[:2]
    scale = _scale_for(picture, [text], 0.9, share=_LINE_SHARE / 2)
    small_scale = _scale_for(picture, [detail], 0.9) if detail else 0.0
    line_height, small_height = _line_height(scale), _line_height(small_scale) if detail else 0
    top = (height - 2 * line_height - small_height) // 2
    picture[max(0, top) : top + 2 * line_height + small_height] = colour
    left = (width - _text_width(text, scale)) // 2
    _write(picture, text, left, top + round(1.35 * line_height), scale, WHITE)
    if detail:
        left = (width - _text_width(detail, small_scale)) // 2
        _write(picture, detail, left, top + 2 * line_height + small_height // 3, small_scale, WHITE)
    return picture


def pair_picture(shown: Picture, exact: Picture) -> Picture:
    """Two pictures of one size beside each other, on a ground of the same proportions and twice the size."""
    height, width = shown.shape[:2]
    picture = np.full((2 * height, 2 * width, 3), 28, np.uint8)
    top = height // 2
    picture[top : top + height] = np.concatenate([shown, exact], axis=1)
    scale = _scale_for(picture, PAIR_TITLES, 0.45)
    for column, title in enumerate(PAIR_TITLES):
        left = column * width + (width - _text_width(title, scale)) // 2
        _write(picture, title, left, top - _line_height(scale) // 2, scale, WHITE)
    return picture


def waiting_picture(text: str, width: int = 854, height: int = _MIN_HEIGHT) -> Picture:
    """A dark picture with a line in its middle, for the time before the first frame."""
    picture = np.full((height, width, 3), 28, np.uint8)
    scale = _scale_for(picture, [text], 0.9)
    left = (width - _text_width(text, scale)) // 2
    _write(picture, text, left, (height + _line_height(scale)) // 2, scale, WHITE)
    return picture


def _scale_for(picture: Picture, lines: Sequence[str], widest: float, share: float = _LINE_SHARE) -> float:
    """Font scale for the picture's height, less where a line would take more than `widest` of its width."""
    height, width = picture.shape[:2]
    scale: float = height / share / _TEXT_PIXELS_AT_SCALE_1 * 0.7
    needed = max(_text_width(line, scale) for line in lines) + _line_height(scale)
    return float(scale * min(1.0, widest * width / needed))


def _line_height(scale: float) -> int:
    return max(8, round(1.5 * _TEXT_PIXELS_AT_SCALE_1 * scale))


def _text_width(text: str, scale: float) -> int:
    return int(cv2.getTextSize(text, _FONT, scale, _thickness(scale))[0][0])


def _thickness(scale: float) -> int:
    return max(1, round(1.5 * scale))


def _darken(picture: Picture, top: int, bottom: int, left: int, right: int) -> None:
    picture[max(0, top) : bottom, max(0, left) : right] //= 3


def _write(picture: Picture, text: str, left: int, baseline: int, scale: float, colour: Colour) -> None:
    cv2.putText(picture, text, (left, baseline), _FONT, scale, colour, _thickness(scale), cv2.LINE_AA)
