"""The header of a payload, as docs/bitstream.md describes it: pack and unpack."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from narrowcast.codec.api import check_size
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.names import Entropy

VERSION = 2
"""Symbols of the range coder, or none."""

VERSION_OF_OTHER_CODERS = 3
"""Symbols of another entropy coder, which a byte behind the quality level names."""

ENTROPY_CODERS: tuple[Entropy, ...] = ("range", "huffman", "lzw")
"""Each by its number in that byte; the range coder's is never written."""

_KEYFRAME = 1
_DROPPABLE = 2
_SKIP = 4
_CHECKSUM = 8
_SIZE = struct.Struct("<HH")
_COUNTER = struct.Struct("<B")
_CRC = struct.Struct("<I")


@dataclass(frozen=True, kw_only=True)
class LatentHeader:
    """What a payload says before its coded symbols."""

    q_level: int
    "quality, 0 to 255"
    entropy: Entropy = "range"
    "what coded the symbols; range where there are none"
    keyframe: bool = False
    "coded without reference frames"
    droppable: bool = False
    "does not become a reference frame"
    skip: bool = False
    "nothing changed: the last reference frame again, no symbols follow"
    width: int | None = None
    "pixels; keyframes only"
    height: int | None = None
    "pixels; keyframes only"
    counter: int | None = None
    "reference frames since the keyframe, modulo 256; inter frames only"
    checksum: int | None = None
    "CRC-32 of this frame's y_hat"


def pack_latent(header: LatentHeader) -> bytes:
    """Return the header's bytes."""
    flags = _KEYFRAME * header.keyframe | _DROPPABLE * header.droppable | _SKIP * header.skip
    if header.checksum is not None:
        flags |= _CHECKSUM
    if header.entropy == "range":
        out = bytes([VERSION << 4 | flags, header.q_level])
    else:
        number = ENTROPY_CODERS.index(header.entropy)
        out = bytes([VERSION_OF_OTHER_CODERS << 4 | flags, header.q_level, number])
    if header.keyframe:
        assert header.width is not None and header.height is not None
        out += _SIZE.pack(header.width, header.height)
    else:
        assert header.counter is not None
        out += bytes([header.counter])
    if header.checksum is not None:
        out += _CRC.pack(header.checksum)
    return out


def unpack_latent(payload: bytes) -> tuple[LatentHeader, bytes]:
    """Return the header and the coded symbols behind it; BitstreamError where it cannot be one."""
    if len(payload) < 3:
        raise BitstreamError(f"payload of {len(payload)} bytes; a header needs 3 at least")
    version, flags, q_level = payload[0] >> 4, payload[0] & 15, payload[1]
    if version not in (VERSION, VERSION_OF_OTHER_CODERS):
        raise BitstreamError(f"bitstream version {version}; this decoder reads versions 2 and 3")
    keyframe, skip = bool(flags & _KEYFRAME), bool(flags & _SKIP)
    if keyframe and skip:
        raise BitstreamError("a keyframe cannot be a skip frame")
    width = height = counter = crc = None
    at = 2
    entropy: Entropy = "range"
    if version == VERSION_OF_OTHER_CODERS:
        entropy = _entropy_coder(payload[at], skip)
        at += 1
    if keyframe:
        width, height = _unpack(_SIZE, payload, at)
        check_size(width, height, BitstreamError)
        at += _SIZE.size
    else:
        (counter,) = _unpack(_COUNTER, payload, at)
        at += 1
    if flags & _CHECKSUM:
        (crc,) = _unpack(_CRC, payload, at)
        at += _CRC.size
    header = LatentHeader(
        q_level=q_level,
        entropy=entropy,
        keyframe=keyframe,
        droppable=bool(flags & _DROPPABLE),
        skip=skip,
        width=width,
        height=height,
        counter=counter,
        checksum=crc,
    )
    return header, payload[at:]


def _entropy_coder(number: int, skip: bool) -> Entropy:
    """The coder of this number, as version 3 names it."""
    if skip:
        raise BitstreamError("a skip frame holds no symbols; an entropy coder is named for none")
    if not 0 < number < len(ENTROPY_CODERS):
        known = ", ".join(f"{at} ({name})" for at, name in enumerate(ENTROPY_CODERS) if at)
        raise BitstreamError(f"entropy coder {number} does not exist; this decoder knows {known}")
    return ENTROPY_CODERS[number]


def _unpack(layout: struct.Struct, payload: bytes, at: int) -> tuple[int, ...]:
    if len(payload) < at + layout.size:
        raise BitstreamError(f"header ends at byte {len(payload)}, {at + layout.size} are needed")
    return layout.unpack_from(payload, at)
