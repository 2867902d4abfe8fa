"""Payloads that cost a decoder gigabytes or seconds where nothing stands before it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from narrowcast import codec
from narrowcast.codec.hybrid.base_format import AV1, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseEncoder
from narrowcast.codec.hybrid.header import BaseStream, PayloadChain

LARGE = 16384
"Pixels on a side that a bomb claims, hides or codes."
UNITS = 30_000
"Of a flood: 60 to 360 kB, so that its length alone is no reason to refuse it."

Size = tuple[int, int]


def sps(coded: Size, shown: Size, *, profile: int = 66, gaps: bool = False) -> bytes:
    """An SPS of H.264 for pictures of one size, cropped to another."""

    def number(value: int) -> str:  # ue(v)
        digits = f"{value + 1:b}"
        return "0" * (len(digits) - 1) + digits

    bits = f"{profile:08b}" + f"{0:08b}{51:08b}" + number(0) + number(0) + number(2) + number(1) + f"{gaps:b}"
    bits += number(coded[0] // 16 - 1) + number(coded[1] // 16 - 1) + "111"
    bits += number(0) + number((coded[0] - shown[0]) // 2)
    bits += number(0) + number((coded[1] - shown[1]) // 2) + "01"
    content = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    for low in (0, 1, 2, 3):
        content = content.replace(bytes([0, 0, low]), bytes([0, 0, 3, low]))
    return b"\0\0\1\x67" + content


def with_sps(keyframe: bytes, replacement: bytes) -> bytes:
    """A keyframe's packet with another SPS."""
    start = keyframe.index(b"\0\0\1\x67")
    return replacement + keyframe[keyframe.index(b"\0\0\1", start + 4) :]


def jpeg_hidden_frame(size: Size) -> bytes:
    """A JPEG that hides a frame header of LARGE x LARGE from readers that take a fill byte for a segment."""
    payload = _picture_file("jpeg", size)
    frame = payload.index(b"\xff\xc0")
    hidden = payload[frame : frame + 5] + struct.pack(">HH", LARGE, LARGE) + payload[frame + 9 :]
    # FF FF E0 00: a fill byte before an APP0 segment, or a "segment" of 0xE000 bytes.
    skipped = (b"\xff" + payload[2:frame] + hidden[:-2]).ljust(2 + 0xE000, b"\0")
    return payload[:2] + skipped + payload[2:]


def png_crumbs(size: Size) -> bytes:
    """A PNG of empty chunks, as many as its length may have."""
    payload = _picture_file("png", size)
    at = payload.index(b"IDAT") - 4
    chunk = struct.pack(">I4sI", 0, b"IDAT", zlib.crc32(b"IDAT"))
    count = min(UNITS, (12 * size[0] * size[1] - len(payload)) // len(chunk))
    return payload[:at] + count * chunk + payload[at:]


def av1_delimiters(size: Size) -> bytes:
    """An AV1 keyframe behind temporal delimiters."""
    return _hybrid(AV1, b"\x12\0" * UNITS + _keyframe(AV1, size), size)


def h264_cropped(size: Size) -> bytes:
    """An H.264 keyframe of LARGE x LARGE / 2, of which as much is shown as was announced."""
    packet = _keyframe(H264, size)
    return _hybrid(H264, with_sps(packet, sps((LARGE, LARGE // 2), size)), size)


def h264_sei(size: Size) -> bytes:
    """An H.264 keyframe behind empty SEI units."""
    packet = _keyframe(H264, size)
    at = packet.index(b"\0\0\1\x65")
    return _hybrid(H264, packet[:at] + b"\0\0\1\6" * UNITS + packet[at:], size)


def large_pictures(size: Size) -> bytes:
    """An AV1 keyframe of more pixels than were announced, as its encoder wrote it."""
    return _hybrid(AV1, _keyframe(AV1, (3840, 2160)), size)


BOMBS: Mapping[str, tuple[str, Callable[[Size], bytes]]] = {
    "jpeg-hidden-frame": ("jpeg", jpeg_hidden_frame),
    "png-crumbs": ("png", png_crumbs),
    "av1-large-pictures": ("hybrid", large_pictures),
    "av1-delimiters": ("hybrid", av1_delimiters),
    "h264-cropped": ("hybrid", h264_cropped),
    "h264-sei": ("hybrid", h264_sei),
}
"Each by its name, with the codec of the stream that it is sent in."


def _picture_file(name: str, size: Size) -> bytes:
    grey = np.full((size[1], size[0], 3), 128, np.uint8)
    return codec.create_encoder(name, width=size[0], height=size[1]).encode(grey).payload


def _keyframe(base: BaseFormat, size: Size) -> bytes:
    grey = np.full((size[1], size[0], 3), 128, np.uint8)
    return BaseEncoder(base, *size, crf=50, scale=0, preset=12).encode(grey, keyframe=True)


def _hybrid(base: BaseFormat, packet: bytes, size: Size) -> bytes:
    stream = BaseStream(base=base, scale=0, width=size[0], height=size[1])
    return PayloadChain().pack(packet, crf=50, stream=stream)
