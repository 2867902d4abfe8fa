"""Tests of codec/latent/header.py: the header and its inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.header import (
    VERSION,
    VERSION_OF_OTHER_CODERS,
    LatentHeader,
    pack_latent,
    unpack_latent,
)

LEVEL = st.integers(0, 255)
CRC = st.none() | st.integers(0, 2**32 - 1)
ENTROPY = st.sampled_from(["range", "huffman", "lzw"])
KEYFRAMES = st.builds(
    LatentHeader,
    q_level=LEVEL,
    entropy=ENTROPY,
    keyframe=st.just(True),
    droppable=st.booleans(),
    width=st.integers(64, 3840),
    height=st.integers(64, 2160),
    checksum=CRC,
)
INTER_FRAMES = st.builds(
    LatentHeader, q_level=LEVEL, entropy=ENTROPY, droppable=st.booleans(), counter=LEVEL, checksum=CRC
)
SKIP_FRAMES = st.builds(
    LatentHeader, q_level=LEVEL, droppable=st.booleans(), skip=st.just(True), counter=LEVEL, checksum=CRC
)


@given(KEYFRAMES | INTER_FRAMES | SKIP_FRAMES, st.binary(max_size=8))
def test_unpack_is_the_inverse_of_pack(header: LatentHeader, symbols: bytes) -> None:
    assert unpack_latent(pack_latent(header) + symbols) == (header, symbols)


def test_the_bytes_are_the_documented_ones() -> None:
    inter = LatentHeader(q_level=200, counter=7)
    assert pack_latent(inter) == bytes([0x20, 200, 7])
    skip = LatentHeader(q_level=0, counter=255, skip=True, droppable=True)
    assert pack_latent(skip) == bytes([0x26, 0, 255])
    huffman = LatentHeader(q_level=200, entropy="huffman", counter=7)
    assert pack_latent(huffman) == bytes([0x30, 200, 1, 7])
    keyframe = LatentHeader(q_level=1, keyframe=True, width=640, height=360, checksum=0x01020304)
    assert pack_latent(keyframe) == bytes([0x29, 1, 0x80, 0x02, 0x68, 0x01, 4, 3, 2, 1])


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "payload of 0 bytes"),
        (b"\x20\x00", "payload of 2 bytes"),
        (b"\x10\x00\x00", "bitstream version 1; this decoder reads versions 2 and 3"),
        (b"\x00\x00\x00", "bitstream version 0"),
        (b"\x30\x00\x01", "header ends at byte 3, 4 are needed"),
        (b"\x30\x00\x00\x05", "entropy coder 0 does not exist; this decoder knows 1 .huffman., 2 .lzw."),
        (b"\x30\x00\x03\x05", "entropy coder 3 does not exist"),
        (b"\x34\x00\x01\x05", "a skip frame holds no symbols"),
        (b"\x25\x00" + b"\x40\x00\x40\x00", "cannot be a skip frame"),
        (b"\x21\x00\x40", "header ends at byte 3, 6 are needed"),
        (b"\x28\x00\x00\x01", "header ends at byte 4, 7 are needed"),
        (b"\x21\x00\x3f\x00\x40\x00", "size 63x64"),
        (b"\x21\x00\xff\xff\xff\xff", "size 65535x65535 is out of range; it may be 64x64 to 3840x2160"),
    ],
)
def test_what_cannot_be_a_header_is_refused(payload: bytes, says: str) -> None:
    with pytest.raises(BitstreamError, match=says):
        unpack_latent(payload)


@given(st.binary(max_size=16))
def test_any_bytes_give_a_header_or_the_named_error(payload: bytes) -> None:
    try:
        header, symbols = unpack_latent(payload)
    except BitstreamError:
        return
    assert payload[0] >> 4 in (VERSION, VERSION_OF_OTHER_CODERS)
    assert pack_latent(header) + symbols == payload
