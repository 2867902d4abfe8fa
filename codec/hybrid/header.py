"""The header of a hybrid payload, as docs/bitstream.md describes it: pack and unpack."""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass

from codec.api import check_size
from codec.errors import BitstreamError
from codec.hybrid.base_format import BASE_FORMATS, SCALES, BaseFormat

HYBRID_VERSION = 8
"""High nibble of the first byte; the latent codec has its own version there, which tells the two apart."""

_KEYFRAME = 1
_FIXED = struct.Struct("<BBBH")
_STREAM = struct.Struct("<BBHH")
_FULL_DETAIL = 255


@dataclass(frozen=True, kw_only=True)
class BaseStream:
    """What a keyframe says of the base layer's stream that it opens."""

    base: BaseFormat
    "video format"
    scale: int
    "size of the coded picture, index into SCALES"
    width: int
    "of the shown picture, pixels"
    height: int
    "of the shown picture, pixels"
    detail: float = 0.5
    "how crisp the source is (encoder.fine_detail), 0 to 1, in steps of 1/255"


@dataclass(frozen=True, kw_only=True)
class HybridHeader:
    """What a payload says before the base layer's packet."""

    counter: int
    "frames since the keyframe, modulo 256"
    crf: int
    "how coarse the quantiser is: the constant rate factor that looks about the same"
    stream: BaseStream | None = None
    "keyframes only"


def pack_hybrid(header: HybridHeader, packet: bytes) -> bytes:
    """Return the payload: header, CRC-16 of the packet, packet."""
    first = HYBRID_VERSION << 4 | (_KEYFRAME if header.stream else 0)
    out = _FIXED.pack(first, header.counter, header.crf, binascii.crc_hqx(packet, 0))
    if header.stream:
        stream = header.stream
        kind = stream.base.number | stream.scale << 4
        detail = round(stream.detail * _FULL_DETAIL)
        out += _STREAM.pack(kind, detail, stream.width, stream.height)
    return out + packet


def is_hybrid(payload: bytes) -> bool:
    """Tell whether a payload is one of the hybrid codec's."""
    return len(payload) > 0 and payload[0] >> 4 == HYBRID_VERSION


def unpack_hybrid(payload: bytes) -> tuple[HybridHeader, bytes]:
    """Return header and packet; BitstreamError where it cannot be one or the packet was altered."""
    if len(payload) < _FIXED.size + 1:
        raise BitstreamError(f"hybrid payload of {len(payload)} bytes; {_FIXED.size + 1} at least are needed")
    first, counter, crf, crc = _FIXED.unpack_from(payload)
    if first >> 4 != HYBRID_VERSION or first & 15 & ~_KEYFRAME:
        raise BitstreamError(f"first byte {first:#04x} is not a hybrid payload's")
    at = _FIXED.size
    stream = None
    if first & _KEYFRAME:
        stream = _unpack_stream(payload, at)
        at += _STREAM.size
    packet = payload[at:]
    if binascii.crc_hqx(packet, 0) != crc:
        raise BitstreamError("the packet was altered on its way; a keyframe is needed")
    return HybridHeader(counter=counter, crf=crf, stream=stream), packet


def _unpack_stream(payload: bytes, at: int) -> BaseStream:
    if len(payload) < at + _STREAM.size:
        raise BitstreamError(f"header ends at byte {len(payload)}, {at + _STREAM.size} are needed")
    kind, detail, width, height = _STREAM.unpack_from(payload, at)
    number, scale = kind & 15, kind >> 4
    if number >= len(BASE_FORMATS) or scale >= len(SCALES):
        raise BitstreamError(f"base format {number} at size {scale}; this decoder does not know it")
    check_size(width, height, BitstreamError)
    return BaseStream(
        base=BASE_FORMATS[number],
        scale=scale,
        width=width,
        height=height,
        detail=detail / _FULL_DETAIL,
    )
