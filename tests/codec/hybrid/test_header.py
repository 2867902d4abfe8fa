"""Tests of codec/hybrid/header.py: round trips, and every kind of damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.errors import BitstreamError
from codec.hybrid.base_format import AV1, BASE_FORMATS, SCALES
from codec.hybrid.header import BaseStream, HybridHeader, is_hybrid, pack_hybrid, unpack_hybrid

STREAM = BaseStream(base=AV1, scale=1, width=640, height=360)

streams = st.builds(
    BaseStream,
    base=st.sampled_from(BASE_FORMATS),
    scale=st.integers(0, len(SCALES) - 1),
    width=st.integers(64, 3840),
    height=st.integers(64, 2160),
    detail=st.integers(0, 255).map(lambda level: level / 255),
)


headers = st.builds(
    HybridHeader, counter=st.integers(0, 255), crf=st.integers(0, 255), stream=st.none() | streams
)


@given(headers, st.binary(min_size=1, max_size=50))
def test_what_is_packed_comes_back(header: HybridHeader, packet: bytes) -> None:
    payload = pack_hybrid(header, packet)
    assert is_hybrid(payload)
    assert unpack_hybrid(payload) == (header, packet)
    assert len(payload) == len(packet) + (11 if header.stream else 5)


@given(st.binary(max_size=40))
def test_random_bytes_raise_or_unpack(payload: bytes) -> None:
    try:
        header, packet = unpack_hybrid(payload)
    except BitstreamError:
        return
    assert pack_hybrid(header, packet) == payload


@given(st.data())
def test_a_flipped_bit_of_the_packet_is_seen(data: st.DataObject) -> None:
    packet = data.draw(st.binary(min_size=1, max_size=60))
    payload = bytearray(pack_hybrid(HybridHeader(counter=3, crf=40), packet))
    place = data.draw(st.integers(40, 8 * len(payload) - 1))
    payload[place // 8] ^= 1 << place % 8
    with pytest.raises(BitstreamError, match="altered"):
        unpack_hybrid(bytes(payload))


def altered(place: int, value: int) -> bytes:
    payload = bytearray(pack_hybrid(HybridHeader(counter=0, crf=40, stream=STREAM), b"packet"))
    payload[place] = value
    return bytes(payload)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", "0 bytes"),
        (b"\x80\0\0\0\0", "5 bytes"),
        (altered(0, 0x11), "0x11 is not a hybrid payload's"),
        (altered(0, 0x83), "0x83 is not a hybrid payload's"),
        (altered(5, 0x05), "base format 5 at size 0"),
        (altered(5, 0x30), "base format 0 at size 3"),
        (altered(8, 0xFF), "size 65408x360"),
        (
            pack_hybrid(HybridHeader(counter=0, crf=40, stream=STREAM), b"x")[:7],
            "ends at byte 7, 11 are needed",
        ),
    ],
)
def test_what_cannot_be_a_payload_says_why(payload: bytes, text: str) -> None:
    with pytest.raises(BitstreamError, match=text):
        unpack_hybrid(payload)
