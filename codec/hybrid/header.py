"""The header of a hybrid payload, as docs/hybrid.md describes it: pack and unpack, in a chain."""

from __future__ import annotations

import binascii
import struct
import zlib
from dataclasses import dataclass

from narrowcast.codec.api import check_size
from narrowcast.codec.errors import BitstreamError, ReferenceMismatch
from narrowcast.codec.hybrid.base_format import BASE_FORMATS, SCALES, BaseFormat

HYBRID_VERSION = 9
"""High nibble of the first byte; the latent codec has its own version there, which tells the two apart."""

RECORDED_VERSION = 8
"""Read too: recordings have it."""

COUNTERS = 8
"""Frames since the keyframe are counted modulo this: as many in a row that are lost show in the checksum."""

_KEYFRAME = 1
_RECORDED = struct.Struct("<BBBH")
_STREAM = struct.Struct("<BBHH")
_FULL_DETAIL = 255
_INTER_BYTES = 3
_KEYFRAME_BYTES = 2 + _STREAM.size + 4


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
    "frames since the keyframe, modulo COUNTERS"
    crf: int
    "how coarse the quantiser is: the constant rate factor that looks about the same"
    stream: BaseStream | None = None
    "keyframes only"


class PayloadChain:
    """The payloads from a keyframe on: packs or unpacks them, and keeps their counter and their checksum.

    The checksum is a CRC-32 over all of them. A keyframe has it whole and an inter frame its lowest byte, so
    that damage passes one frame with a chance of 1 in 256, and n frames in a row with one of 1 in 256^n.
    """

    def __init__(self) -> None:
        self._counter = 0
        self._checksum: int | None = None

    def pack(self, packet: bytes, *, crf: int, stream: BaseStream | None = None) -> bytes:
        """Return the next payload; one with a stream is a keyframe and begins the chain anew."""
        self._counter = 0 if stream else (self._counter + 1) % COUNTERS
        first = HYBRID_VERSION << 4 | self._counter << 1 | (_KEYFRAME if stream else 0)
        head = bytes([first, crf]) + (_pack_stream(stream) if stream else b"")
        self._checksum = zlib.crc32(head + packet, 0 if stream else self._checksum or 0)
        shown = self._checksum.to_bytes(4, "little")
        return head + (shown if stream else shown[:1]) + packet

    def unpack(self, payload: bytes) -> tuple[HybridHeader, bytes]:
        """Return header and packet of the next payload.

        Raises BitstreamError where it cannot be one, does not follow on the last one, or was altered.
        """
        if payload[:1] and payload[0] >> 4 == RECORDED_VERSION:
            return self._unpack_recorded(payload)
        header, head_bytes = _unpack_header(payload)
        shown_bytes = 1 if header.stream is None else 4
        head, shown = payload[: head_bytes - shown_bytes], payload[head_bytes - shown_bytes : head_bytes]
        packet = payload[head_bytes:]
        if header.stream is None:
            self._check_counter(header.counter, COUNTERS)
        checksum = zlib.crc32(head + packet, 0 if header.stream else self._checksum or 0)
        if checksum.to_bytes(4, "little")[:shown_bytes] != shown:
            self._checksum = None
            raise BitstreamError("a packet was altered on its way; a keyframe is needed")
        self._counter, self._checksum = header.counter, checksum
        return header, packet

    def _unpack_recorded(self, payload: bytes) -> tuple[HybridHeader, bytes]:
        """Unpack a payload of version 8: a counter of one byte, and a CRC-16 of each packet alone."""
        if len(payload) < _RECORDED.size + 1:
            raise BitstreamError(f"payload of {len(payload)} bytes; {_RECORDED.size + 1} at least are needed")
        first, counter, crf, crc = _RECORDED.unpack_from(payload)
        keyframe = bool(first & _KEYFRAME)
        at = _RECORDED.size + _STREAM.size * keyframe
        if first & 15 & ~_KEYFRAME or len(payload) <= at:
            raise BitstreamError(f"first byte {first:#04x} is not a hybrid payload's of {len(payload)} bytes")
        if binascii.crc_hqx(payload[at:], 0) != crc:
            raise BitstreamError("the packet was altered on its way; a keyframe is needed")
        stream = _unpack_stream(payload, _RECORDED.size) if keyframe else None
        if stream is None:
            self._check_counter(counter, 256)
        self._counter, self._checksum = counter, 0
        return HybridHeader(counter=counter, crf=crf, stream=stream), payload[at:]

    def _check_counter(self, counter: int, counters: int) -> None:
        if self._checksum is None:
            raise ReferenceMismatch("no keyframe has been decoded yet; a keyframe is needed")
        expected = (self._counter + 1) % counters
        if counter != expected:
            self._checksum = None
            raise ReferenceMismatch(f"frame {counter} came, {expected} is next; a keyframe is needed")


def is_hybrid(payload: bytes) -> bool:
    """Tell whether a payload is one of the hybrid codec's."""
    return len(payload) > 0 and payload[0] >> 4 in (HYBRID_VERSION, RECORDED_VERSION)


def _unpack_header(payload: bytes) -> tuple[HybridHeader, int]:
    """Return the header and its length, the checksum included."""
    if len(payload) < _INTER_BYTES + 1:
        raise BitstreamError(
            f"hybrid payload of {len(payload)} bytes; {_INTER_BYTES + 1} at least are needed"
        )
    first, crf = payload[:2]
    counter = first >> 1 & COUNTERS - 1
    if first >> 4 != HYBRID_VERSION or (first & _KEYFRAME and counter):
        raise BitstreamError(f"first byte {first:#04x} is not a hybrid payload's")
    if not first & _KEYFRAME:
        return HybridHeader(counter=counter, crf=crf), _INTER_BYTES
    if len(payload) < _KEYFRAME_BYTES + 1:
        raise BitstreamError(f"keyframe of {len(payload)} bytes; {_KEYFRAME_BYTES + 1} at least are needed")
    return HybridHeader(counter=0, crf=crf, stream=_unpack_stream(payload, 2)), _KEYFRAME_BYTES


def _pack_stream(stream: BaseStream) -> bytes:
    kind = stream.base.number | stream.scale << 4
    return _STREAM.pack(kind, round(stream.detail * _FULL_DETAIL), stream.width, stream.height)


def _unpack_stream(payload: bytes, at: int) -> BaseStream:
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
