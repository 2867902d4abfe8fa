"""Tests of codec/hybrid/header.py: round trips, and every kind of damage."""

from __future__ import annotations

import binascii
import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.codec.errors import BitstreamError, ReferenceMismatch
from narrowcast.codec.hybrid.base_format import AV1, BASE_FORMATS, SCALES
from narrowcast.codec.hybrid.header import COUNTERS, BaseStream, HybridHeader, PayloadChain, is_hybrid

STREAM = BaseStream(base=AV1, scale=1, width=640, height=360)

streams = st.builds(
    BaseStream,
    base=st.sampled_from(BASE_FORMATS),
    scale=st.integers(0, len(SCALES) - 1),
    width=st.integers(64, 3840),
    height=st.integers(64, 2160),
    detail=st.integers(0, 255).map(lambda level: level / 255),
)

INTER = PayloadChain()
INTER.pack(b"key", crf=40, stream=STREAM)


def chain(frames: list[tuple[bytes, int]]) -> list[bytes]:
    """Pack a keyframe and inter frames behind it."""
    packing = PayloadChain()
    return [
        packing.pack(packet, crf=crf, stream=STREAM if index == 0 else None)
        for index, (packet, crf) in enumerate(frames)
    ]


frame_lists = st.lists(
    st.tuples(st.binary(min_size=1, max_size=50), st.integers(0, 255)), min_size=1, max_size=20
)


@settings(deadline=None)
@given(frame_lists, streams)
def test_what_is_packed_comes_back(frames: list[tuple[bytes, int]], stream: BaseStream) -> None:
    packing, unpacking = PayloadChain(), PayloadChain()
    for index, (packet, crf) in enumerate(frames):
        own = stream if index % 12 == 0 else None
        payload = packing.pack(packet, crf=crf, stream=own)
        assert is_hybrid(payload)
        header = HybridHeader(counter=index % 12 % COUNTERS, crf=crf, stream=own)
        assert unpacking.unpack(payload) == (header, packet)
        assert len(payload) == len(packet) + (12 if own else 3)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_random_bytes_raise_or_unpack(payload: bytes) -> None:
    with contextlib.suppress(BitstreamError):
        PayloadChain().unpack(payload)


@settings(deadline=None)
@given(st.data())
def test_a_flipped_bit_is_seen_within_a_few_frames(data: st.DataObject) -> None:
    payloads = chain([(bytes([index]) * 20, 40) for index in range(6)])
    which = data.draw(st.integers(0, 1))
    place = data.draw(st.integers(0, 8 * len(payloads[which]) - 1))
    altered = bytearray(payloads[which])
    altered[place // 8] ^= 1 << place % 8
    payloads[which] = bytes(altered)
    unpacking = PayloadChain()
    with pytest.raises(BitstreamError):
        for payload in payloads:
            unpacking.unpack(payload)


def test_damage_passes_one_frame_in_256_and_hardly_ever_two() -> None:
    numbers = random.Random(1)
    passed = [0, 0]
    for _ in range(20_000):
        payloads = chain([(b"key", 40), (numbers.randbytes(9), 40), (numbers.randbytes(9), 40)])
        unpacking = PayloadChain()
        unpacking.unpack(payloads[0])
        try:
            unpacking.unpack(payloads[1][:3] + numbers.randbytes(9))
            passed[0] += 1
            unpacking.unpack(payloads[2])
            passed[1] += 1
        except BitstreamError:
            continue
    assert 40 < passed[0] < 130 and passed[1] <= 5


@pytest.mark.parametrize("lost", [1, 3, 7])
def test_lost_frames_are_seen_at_once(lost: int) -> None:
    payloads = chain([(b"p", 40)] * 20)
    unpacking = PayloadChain()
    unpacking.unpack(payloads[0])
    with pytest.raises(ReferenceMismatch, match=f"frame {(1 + lost) % COUNTERS} came, 1 is next"):
        unpacking.unpack(payloads[1 + lost])
    with pytest.raises(ReferenceMismatch, match="no keyframe"):
        unpacking.unpack(payloads[1])
    unpacking.unpack(payloads[0])


def test_eight_lost_frames_show_in_the_checksum() -> None:
    payloads = chain([(bytes([index]), 40) for index in range(12)])
    unpacking = PayloadChain()
    unpacking.unpack(payloads[0])
    with pytest.raises(BitstreamError, match="altered"):
        unpacking.unpack(payloads[9])


def test_payloads_of_recordings_of_version_8_are_read() -> None:
    key = bytes.fromhex("81 00 28") + crc16(b"key") + bytes.fromhex("10 80 8002 6801") + b"key"
    inter = bytes.fromhex("80 01 29") + crc16(b"inter") + b"inter"
    unpacking = PayloadChain()
    header, packet = unpacking.unpack(key)
    assert (header.crf, packet) == (40, b"key")
    assert header.stream is not None and (header.stream.width, header.stream.height) == (640, 360)
    assert unpacking.unpack(inter) == (HybridHeader(counter=1, crf=41), b"inter")
    with pytest.raises(ReferenceMismatch, match="frame 1 came, 2 is next"):
        unpacking.unpack(inter)
    with pytest.raises(BitstreamError, match="altered"):
        unpacking.unpack(inter[:-1] + b"x")


def crc16(packet: bytes) -> bytes:
    return binascii.crc_hqx(packet, 0).to_bytes(2, "little")


def altered(place: int, value: int) -> bytes:
    payload = bytearray(chain([(b"packet", 40)])[0])
    payload[place] = value
    return bytes(payload)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", "0 bytes"),
        (b"\x92\0\0", "3 bytes"),
        (b"\x80\0\0\0\0", "5 bytes"),
        (b"\x84\0\0\0\0p", "0x84 is not a hybrid payload's"),
        (altered(0, 0x11), "0x11 is not a hybrid payload's"),
        (altered(0, 0x93), "0x93 is not a hybrid payload's"),
        (altered(2, 0x05), "base format 5 at size 0"),
        (altered(2, 0x30), "base format 0 at size 3"),
        (altered(5, 0xFF), "size 65408x360"),
        (chain([(b"x", 40)])[0][:12], "keyframe of 12 bytes; 13 at least are needed"),
        (INTER.pack(b"x", crf=40), "no keyframe has been decoded"),
    ],
)
def test_what_cannot_be_a_payload_says_why(payload: bytes, text: str) -> None:
    with pytest.raises(BitstreamError, match=text):
        PayloadChain().unpack(payload)
