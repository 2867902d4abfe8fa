"""Tests of picture_header.py: sizes read from real files, and lies in every place a size stands."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from narrowcast.codec.classic.codecs import ClassicEncoder, classic_codecs
from narrowcast.codec.classic.picture_header import PictureSize, picture_size
from narrowcast.codec.errors import BitstreamError
from tests.codec.picture_samples import camera_like

NAMES = [name for name in classic_codecs() if name in ("jpeg", "png", "webp", "avif")]
NEEDS_AVIF = pytest.mark.skipif("avif" not in NAMES, reason="this OpenCV is built without AVIF")
NEEDS_WEBP = pytest.mark.skipif("webp" not in NAMES, reason="this OpenCV is built without WebP")


def _payload(name: str, width: int = 80, height: int = 64) -> bytes:
    return ClassicEncoder(name, width, height).encode(camera_like(width, height)).payload


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(64, 64), (65, 131), (320, 180), (1031, 70)])
def test_reads_the_size_that_was_written(name: str, size: tuple[int, int]) -> None:
    assert picture_size(name, _payload(name, *size)) == PictureSize(width=size[0], height=size[1])


@pytest.mark.parametrize("name", NAMES)
def test_every_cut_of_the_header_is_refused(name: str) -> None:
    payload = _payload(name)
    for length in range(min(len(payload) - 1, 500)):
        with pytest.raises(BitstreamError):
            picture_size(name, payload[:length])


def test_jpeg_frame_header_is_believed_only_when_baseline() -> None:
    payload = _payload("jpeg")
    at = payload.index(b"\xff\xc0")
    grown = payload[: at + 5] + struct.pack(">HH", 65500, 65500) + payload[at + 9 :]
    assert picture_size("jpeg", grown) == PictureSize(width=65500, height=65500)
    with pytest.raises(BitstreamError, match="segment 0xc2"):
        picture_size("jpeg", payload[: at + 1] + b"\xc2" + payload[at + 2 :])


def test_a_jpeg_of_many_scans_is_refused_before_it_costs_a_decoding_each() -> None:
    payload = _payload("jpeg")
    at = payload.index(b"\xff\xda")
    first, rest = payload[:at], payload[at:-2]
    for more in (rest, b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 100, b"\xff\xc4\0\x02", b"\xff\xd9"):
        with pytest.raises(BitstreamError, match="behind its scan"):
            picture_size("jpeg", payload[:-2] + more + payload[-2:])
    one_component = first + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + payload[-2:]
    with pytest.raises(BitstreamError, match="three components"):
        picture_size("jpeg", one_component)


def test_a_jpeg_that_hides_another_frame_header_is_refused() -> None:
    """Readers that take a fill byte or a marker without length for a segment skip what libjpeg reads."""
    payload = _payload("jpeg")
    hidden = (
        b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 16384, 16384) + payload[payload.index(b"\xff\xc0") + 9 :]
    )
    for marker in (b"\xff\xff", b"\xff\x01", b"\xff\xd0", b"\xff\xd8"):
        skipped = (marker + hidden).ljust(0xC002, b"\0")
        with pytest.raises(BitstreamError, match=f"segment {marker[1]:#04x}"):
            picture_size("jpeg", payload[:2] + skipped + payload[2:])


def test_a_png_of_chunks_without_end_is_refused() -> None:
    payload = _payload("png")
    at = payload.index(b"IDAT") - 4
    with pytest.raises(BitstreamError, match="more chunks"):
        picture_size("png", payload[:at] + 5000 * _chunk(b"IDAT", b"") + payload[at:])


@NEEDS_AVIF
def test_an_avif_of_boxes_or_units_without_end_is_refused() -> None:
    payload = _payload("avif")
    meta = payload.index(b"meta") - 4
    (length,) = struct.unpack_from(">I", payload, meta)
    grown = struct.pack(">I4s", length + 8 * 5000, b"meta") + payload[meta + 8 : meta + length]
    with pytest.raises(BitstreamError, match="64 boxes"):
        picture_size(
            "avif", payload[:meta] + grown + 5000 * struct.pack(">I4s", 8, b"free") + payload[meta + length :]
        )
    at = payload.index(b"mdat") - 4
    (length,) = struct.unpack_from(">I", payload, at)
    iloc = payload.index(b"iloc") + 4 + struct.calcsize(">IHHHHHI")
    grown = payload[:iloc] + struct.pack(">I", length - 8 + 10_000) + payload[iloc + 4 : at]
    grown += struct.pack(">I4s", length + 10_000, b"mdat") + b"\x12\0" * 5000 + payload[at + 8 :]
    with pytest.raises(BitstreamError, match="8 OBUs"):
        picture_size("avif", grown)


@NEEDS_AVIF
def test_an_avif_of_several_pictures_is_refused() -> None:
    payload = _payload("avif")
    at = payload.index(b"mdat") - 4
    (length,) = struct.unpack_from(">I", payload, at)
    data = payload[at + 8 : at + length]
    frames = data[data.index(bytes([6 << 3 | 2])) :]
    iloc = payload.index(b"iloc") + 4 + struct.calcsize(">IHHHHHI")
    grown = payload[:iloc] + struct.pack(">I", len(data + frames)) + payload[iloc + 4 : at]
    grown += struct.pack(">I4s", length + len(frames), b"mdat") + data + frames
    with pytest.raises(BitstreamError, match="OBUs of the types"):
        picture_size("avif", grown)


def test_png_with_a_chunk_that_could_inflate_is_refused() -> None:
    payload = _payload("png")
    bomb = _chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1 << 20)))
    with pytest.raises(BitstreamError, match="iCCP"):
        picture_size("png", payload[:33] + bomb + payload[33:])
    with pytest.raises(BitstreamError, match="two headers"):
        picture_size("png", payload[:33] + payload[8:33] + payload[33:])


def test_png_of_sixteen_bits_is_refused() -> None:
    _, data = cv2.imencode(".png", np.zeros((64, 64, 3), np.uint16))
    with pytest.raises(BitstreamError, match="8-bit RGB"):
        picture_size("png", data.tobytes())


@NEEDS_WEBP
def test_webp_lossless_is_not_what_the_encoder_writes() -> None:
    _, data = cv2.imencode(".webp", camera_like(80, 64), [cv2.IMWRITE_WEBP_QUALITY, 101])
    with pytest.raises(BitstreamError, match="plain lossy"):
        picture_size("webp", data.tobytes())


@NEEDS_AVIF
def test_avif_that_says_one_size_outside_and_another_inside_is_refused() -> None:
    payload = _payload("avif")
    at = payload.index(b"ispe") + 8
    lie = payload[:at] + struct.pack(">II", 96, 64) + payload[at + 8 :]
    with pytest.raises(BitstreamError, match="AV1 says 80x64"):
        picture_size("avif", lie)


@NEEDS_AVIF
def test_avif_with_a_second_item_or_box_is_refused() -> None:
    payload = _payload("avif")
    with pytest.raises(BitstreamError, match="boxes other than"):
        picture_size("avif", payload + struct.pack(">I4s", 8, b"free"))
    at = payload.index(b"iloc") + 10
    with pytest.raises(BitstreamError, match="more than one item"):
        picture_size("avif", payload[:at] + struct.pack(">H", 2) + payload[at + 2 :])
