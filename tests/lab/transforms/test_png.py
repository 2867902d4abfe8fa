"""Tests of lab/transforms/png.py: every filter gives every byte back, and is the one that PNG files have."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
import pytest

from narrowcast.lab.transforms.png import FILTERS, adaptive, deflated_bytes, paeth, residual, restored
from tests.codec.picture_samples import camera_like

RGB = camera_like(64, 64)


@pytest.mark.parametrize("name", FILTERS)
def test_every_byte_comes_back(name: str) -> None:
    picture = RGB[:12, :20]
    assert np.array_equal(restored(residual(picture, name), name), picture)
    noise = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert np.array_equal(restored(residual(noise, name), name), noise)


def test_paeth_takes_the_nearest_of_equals_first_left_then_above() -> None:
    def one(a: int, b: int, c: int) -> int:
        return int(paeth(np.array(a), np.array(b), np.array(c)))

    assert one(10, 20, 10) == 20 and one(20, 10, 10) == 20
    assert one(10, 10, 10) == 10 and one(0, 255, 128) == 128
    assert one(5, 5, 9) == 5
    assert one(1, 3, 2) == 2, "the estimate is c itself"


def test_libpngs_filtered_rows_are_ours() -> None:
    """Read a real PNG file's rows: what stands in them is a filter's residual of the picture."""
    file = cv2.imencode(".png", cv2.cvtColor(RGB, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])[
        1
    ].tobytes()
    at, data = 8, b""
    while at < len(file):
        length, kind = int.from_bytes(file[at : at + 4], "big"), file[at + 4 : at + 8]
        data += file[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(64, 1 + 3 * 64)
    for number, row in enumerate(rows):
        ours = residual(RGB, FILTERS[row[0]])[number]
        assert np.array_equal(row[1:], ours.ravel())


def test_a_choice_a_row_has_the_least_sum_and_compresses() -> None:
    filtered, chosen = adaptive(RGB)
    assert len(chosen) == 64 and set(chosen) <= set(range(5))
    least = np.abs(filtered.view(np.int8).astype(int)).sum()
    assert all(least <= np.abs(residual(RGB, name).view(np.int8).astype(int)).sum() for name in FILTERS)
    assert deflated_bytes(filtered, chosen) < deflated_bytes(residual(RGB, "None"), 0)
