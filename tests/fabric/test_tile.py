"""Tiles are told and read again; what is none is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.fabric.tile import Alert, CameraTile, TileError, is_jpeg, pack_tile, tile_size, unpack_tile

TILE = CameraTile(
    jpeg=b"\xff\xd8picture",
    time_us=1_700_000_000_000_000,
    alerts=(Alert(kind="offline", since_us=5, detail="the camera is away"),),
    note="",
    worker="rack-3",
)


def test_a_tile_survives_its_message() -> None:
    assert unpack_tile(pack_tile(TILE)) == TILE
    assert unpack_tile(pack_tile(replace(TILE, jpeg=b""))).jpeg == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        pack_tile(TILE)[:-3],
        pack_tile(replace(TILE, jpeg=b"<html>")),
        pack_tile(replace(TILE, jpeg=b"\xff\xd8" + bytes(70_000))),
        pack_tile(replace(TILE, alerts=TILE.alerts * 17)),
        pack_tile(replace(TILE, time_us=-1)),
        bytes(100_000),
    ],
)
def test_what_is_no_tile_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(TileError) as caught:
        unpack_tile(data)
    assert "\n" not in str(caught.value)


def test_texts_are_made_safe_to_print() -> None:
    evil = replace(TILE, note="a\x1b[2Jb", alerts=(Alert(kind="x\ny", since_us=0, detail="\r"),))
    read = unpack_tile(pack_tile(evil))
    assert "\x1b" not in read.note and "\n" not in read.alerts[0].kind and "\r" not in read.alerts[0].detail


def test_the_size_of_a_tile_fits_the_box() -> None:
    assert tile_size(640, 360) == (160, 90) and tile_size(3840, 2160) == (160, 90)
    assert tile_size(360, 640) == (50, 90) and tile_size(640, 480) == (120, 90)
    assert tile_size(64, 64) == (64, 64), "a small picture is not enlarged"
    assert is_jpeg(b"") and not is_jpeg(b"GIF8")
