"""Bring a picture of any size to the stream's size: crop or letterbox, never stretch."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.sender.config import Fit

Picture = NDArray[np.uint8]
"A picture: uint8 [H, W, 3], channels in any order."


def fit_picture(picture: Picture, width: int, height: int, fit: Fit = "crop") -> Picture:
    """Return uint8 [height, width, 3]: the middle of the picture, or all of it between black bars."""
    if picture.shape[:2] == (height, width):
        return picture
    if fit == "crop":
        return _resize(_middle(picture, width, height), width, height)
    return _letterbox(picture, width, height)


def _middle(picture: Picture, width: int, height: int) -> Picture:
    """Cut out the largest middle part with the proportions of width:height."""
    full_height, full_width = picture.shape[:2]
    part_width = min(full_width, max(1, round(full_height * width / height)))
    part_height = min(full_height, max(1, round(full_width * height / width)))
    left, top = (full_width - part_width) // 2, (full_height - part_height) // 2
    return picture[top : top + part_height, left : left + part_width]


def _letterbox(picture: Picture, width: int, height: int) -> Picture:
    full_height, full_width = picture.shape[:2]
    inner_width = min(width, max(1, round(height * full_width / full_height)))
    inner_height = min(height, max(1, round(width * full_height / full_width)))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[top : top + inner_height, left : left + inner_width] = _resize(picture, inner_width, inner_height)
    return canvas


def _resize(picture: Picture, width: int, height: int) -> Picture:
    """Average when shrinking, so that fine texture does not alias; interpolate when growing."""
    if picture.shape[:2] == (height, width):
        return np.ascontiguousarray(picture)
    shrinks = width < picture.shape[1] or height < picture.shape[0]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=interpolation), np.uint8)
