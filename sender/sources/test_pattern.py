"""The moving test pattern of `test:`: a clock to read by eye, and the frame's number to read by machine.

The number stands in the two rows of black and white blocks along the bottom: 20 bits, then 8 check bits,
most significant first. Each block is so large that its mean survives any lossy codec; read_frame_number()
reads it back.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from narrowcast.sender.sources.fit import Picture

NUMBER_BITS = 20
_CHECK_BITS = 8
_BLOCK_ROWS = 2
_BLOCKS_PER_ROW = (NUMBER_BITS + _CHECK_BITS) // _BLOCK_ROWS
_BAND_SHARE = 6
"the two rows of blocks take a sixth of the height"
_MIN_CONTRAST = 60
"levels between the darkest and the brightest block under which there is no pattern to read"
_CHECK_FACTOR = 0x9E3779B1
"2^32 over the golden ratio: neighbouring numbers get check bits far apart"
_CHECK_SEED = 0x5A
"so that neither an all-black nor an all-white band passes the check"


def draw_test_pattern(index: int, *, width: int, height: int, fps: float) -> Picture:
    """Draw frame `index` as uint8 RGB [height, width, 3]; the same arguments give the same picture."""
    seconds = index / fps
    picture = _moving_gradient(seconds, width, height)
    _draw_disc(picture, seconds)
    _draw_clock(picture, seconds, index)
    _draw_blocks(picture, index)
    return picture


def read_frame_number(rgb: Picture) -> int | None:
    """Read the frame number (modulo 2^20) from a picture, or None where there is none to be trusted."""
    means = _block_means(rgb)
    if means.max() - means.min() < _MIN_CONTRAST:
        return None
    value = 0
    for bright in means > (means.max() + means.min()) / 2:
        value = value << 1 | int(bright)
    number, check = value >> _CHECK_BITS, value & (1 << _CHECK_BITS) - 1
    return number if check == _check(number) else None


def _check(number: int) -> int:
    return (number * _CHECK_FACTOR >> 24 & 0xFF) ^ _CHECK_SEED


def _moving_gradient(seconds: float, width: int, height: int) -> Picture:
    """Three slow waves: red runs across, green down, blue both ways."""
    drift = seconds / 4
    across = 2 * math.pi * (np.arange(width, dtype=np.float32) / width + drift)
    down = 2 * math.pi * (np.arange(height, dtype=np.float32) / height - drift)
    picture = np.empty((height, width, 3), np.uint8)
    picture[..., 0] = 128 + 90 * np.sin(across)
    picture[..., 1] = (128 + 90 * np.sin(down))[:, None]
    # sin(a + b) from the sines and cosines of the edges: two products for each pixel instead of a sine
    both = np.outer(np.sin(down), np.cos(across)) + np.outer(np.cos(down), np.sin(across))
    picture[..., 2] = 128 + 90 * both
    return picture


def _draw_disc(picture: Picture, seconds: float) -> None:
    """A disc with a spoke that turns once a second, on a path that takes seven."""
    height, width = picture.shape[:2]
    radius = max(4, height // 8)
    centre = (
        round(width * (0.5 + 0.38 * math.sin(2 * math.pi * seconds / 7))),
        round(height * (0.58 + 0.12 * math.cos(4 * math.pi * seconds / 7))),
    )
    angle = 2 * math.pi * seconds
    tip = (round(centre[0] + radius * math.sin(angle)), round(centre[1] - radius * math.cos(angle)))
    cv2.circle(picture, centre, radius, (240, 240, 240), -1, cv2.LINE_AA)
    cv2.line(picture, centre, tip, (200, 30, 30), max(1, radius // 8), cv2.LINE_AA)


def _draw_clock(picture: Picture, seconds: float, index: int) -> None:
    height, width = picture.shape[:2]
    whole = int(seconds)
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{int(seconds * 1000) % 1000:03}"
    scale = min(width / 350, height / 200)
    picture[: round(height * 0.34)] //= 3  # white on dark reads best
    for line, size, down in ((text, scale, 0.18), (f"frame {index}", scale / 2, 0.29)):
        origin, weight = (width // 20, round(height * down)), max(1, round(size))
        cv2.putText(
            picture, line, origin, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), weight, cv2.LINE_AA
        )


def _draw_blocks(picture: Picture, index: int) -> None:
    number = index % (1 << NUMBER_BITS)
    value = number << _CHECK_BITS | _check(number)
    places = range(NUMBER_BITS + _CHECK_BITS)
    for place, block in zip(reversed(places), _blocks(picture), strict=True):
        block[:] = 255 if value >> place & 1 else 0


def _block_means(picture: Picture) -> np.ndarray:
    """Mean level of each block without its border, where a codec mixes it with its neighbours."""
    means = []
    for block in _blocks(picture):
        rows, columns = block.shape[0] // 4, block.shape[1] // 4
        means.append(block[rows : block.shape[0] - rows, columns : block.shape[1] - columns].mean())
    return np.array(means)


def _blocks(picture: Picture) -> list[Picture]:
    """Views of the blocks, in reading order."""
    height, width = picture.shape[:2]
    top = height - height // _BAND_SHARE
    rows = np.linspace(top, height, _BLOCK_ROWS + 1).astype(int)
    columns = np.linspace(0, width, _BLOCKS_PER_ROW + 1).astype(int)
    return [
        picture[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
        for row in range(_BLOCK_ROWS)
        for column in range(_BLOCKS_PER_ROW)
    ]
