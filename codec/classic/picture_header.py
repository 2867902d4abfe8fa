"""The size a JPEG, PNG, WebP or AVIF payload claims, read before any library may allocate for it.

Each parser accepts only the plain shape that the encoders here write (baseline JPEG, 8-bit RGB PNG, lossy
WebP, AVIF of one AV1 item), because every further feature of these formats is a further way for a hostile
payload to claim a size in a second place. Anything else raises BitstreamError.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from narrowcast.codec.bit_reader import leb128
from narrowcast.codec.errors import BitstreamError

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"IDAT", b"IEND"}
"what OpenCV writes; the compressed text and profile chunks of others could inflate to gigabytes"
_PNG_LAST_FILTER = 4
_PNG_SPARE_CHUNKS, _PNG_CHUNK_BYTES = 16, 512
"chunks beyond those that a payload of chunks of so many bytes has; libpng writes 8 kB each"
_JPEG_BASELINE = (0xC0, 0xC1)
_JPEG_TABLES = {0xC4, 0xDB, 0xDD, 0xE0, 0xEE, 0xFE}
"""Huffman and quantiser tables, restart interval, JFIF, Adobe's colours, comment. Of other markers some have
no length or are other kinds of frames: readers that skip differently find different pictures."""
_JPEG_SCAN = 0xDA
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"what ends a scan's coded data: any marker but a stuffed byte, a fill byte or a restart"
_AVIF_BOXES = [b"ftyp", b"meta", b"mdat"]
_MAX_AVIF_BOXES, _MAX_OBUS = 64, 8
"in one box, in its data; libavif writes about ten and two"
_OBU_SEQUENCE_HEADER, _OBU_TEMPORAL_DELIMITER, _OBU_FRAME = 1, 2, 6


@dataclass(frozen=True, kw_only=True)
class PictureSize:
    """What a picture file says it decodes to."""

    width: int
    "pixels"
    height: int
    "pixels"


def picture_size(name: str, payload: bytes) -> PictureSize:
    """Read the size from a payload of the codec `name` (jpeg, png, webp, avif) without decoding it."""
    try:
        return _PARSERS[name](payload)
    except (struct.error, IndexError) as error:
        raise BitstreamError(f"{name} payload of {len(payload)} bytes ends inside its header") from error


def _need(condition: bool, name: str, text: str) -> None:
    if not condition:
        raise BitstreamError(f"not a {name} payload of this codec: {text}")


def jpeg_size(payload: bytes) -> PictureSize:
    """Walk the segments to the one baseline frame header and the one scan; each more would be decoded too."""
    _need(payload[:2] == b"\xff\xd8" and payload[-2:] == b"\xff\xd9", "jpeg", "no start or no end marker")
    offset, size = 2, None
    while True:
        prefix, marker, length = struct.unpack_from(">BBH", payload, offset)
        _need(prefix == 0xFF and length >= 2, "jpeg", f"broken segment at byte {offset}")
        if marker == _JPEG_SCAN:
            break
        known = marker in _JPEG_TABLES or marker in _JPEG_BASELINE
        _need(known, "jpeg", f"a segment {marker:#04x} stands in its header")
        if marker in _JPEG_BASELINE:
            _need(size is None, "jpeg", "it has two frame headers")
            precision, height, width, components = struct.unpack_from(">BHHB", payload, offset + 4)
            _need(precision == 8 and components == 3, "jpeg", "it is not 8-bit colour")
            size = PictureSize(width=width, height=height)
        offset += 2 + length
    if size is None:
        raise BitstreamError("not a jpeg payload of this codec: pixels come before the size")
    _need(payload[offset + 4] == 3, "jpeg", "its scan does not hold all three components")
    end = _JPEG_MARKER.search(payload, offset + 2 + length)
    _need(end is not None and end.start() == len(payload) - 2, "jpeg", "more comes behind its scan")
    return size


def png_size(payload: bytes) -> PictureSize:
    """Check every chunk's name and extent, and read IHDR."""
    _need(payload[:8] == _PNG_SIGNATURE, "png", "no PNG signature")
    width, height, *rest = struct.unpack_from(">IIBBBBB", payload, 16)
    _need(payload[12:16] == b"IHDR" and rest == [8, 2, 0, 0, 0], "png", "it is not plain 8-bit RGB")
    kinds = [kind for kind, _ in _png_chunks(payload)]
    _need(kinds.count(b"IHDR") == 1, "png", "two headers")
    _need(kinds[-1] == b"IEND" and kinds.count(b"IEND") == 1, "png", "its end is not at its end")
    return PictureSize(width=width, height=height)


def check_png_pixels(payload: bytes, size: PictureSize) -> None:
    """Inflate to no more than `size` holds and look at the row filters.

    libpng would find the same faults, but it prints each to standard error.
    """
    row_bytes = 1 + 3 * size.width
    inflate = zlib.decompressobj()
    deflated = b"".join(data for kind, data in _png_chunks(payload) if kind == b"IDAT")
    try:
        rows = inflate.decompress(deflated, row_bytes * size.height + 1)
    except zlib.error as error:
        raise BitstreamError(f"png pixels do not inflate: {error}") from error
    _need(len(rows) == row_bytes * size.height, "png", f"{len(rows)} bytes of rows")
    _need(inflate.eof and not inflate.unused_data, "png", "its pixels do not end where they end")
    _need(max(rows[::row_bytes]) <= _PNG_LAST_FILTER, "png", "an unknown row filter")


def _png_chunks(payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, data) of each chunk, each held to the short list and to its checksum."""
    offset, chunks_left = 8, _PNG_SPARE_CHUNKS + len(payload) // _PNG_CHUNK_BYTES
    while offset < len(payload):
        _need(chunks_left > 0, "png", "it has more chunks than its length explains")
        chunks_left -= 1
        length, kind = struct.unpack_from(">I4s", payload, offset)
        _need(kind in _PNG_CHUNKS, "png", f"chunk {kind!r}")
        data = payload[offset + 8 : offset + 8 + length]
        (checksum,) = struct.unpack_from(">I", payload, offset + 8 + length)
        _need(checksum == zlib.crc32(data, zlib.crc32(kind)), "png", f"checksum of {kind!r}")
        yield kind, data
        offset += 12 + length


def webp_size(payload: bytes) -> PictureSize:
    """Read the key frame header of the single VP8 chunk."""
    riff, riff_length, webp, kind, chunk_length = struct.unpack_from("<4sI4s4sI", payload, 0)
    _need((riff, webp, kind) == (b"RIFF", b"WEBP", b"VP8 "), "webp", "it is not plain lossy WebP")
    _need(
        riff_length + 8 == len(payload), "webp", f"it should be {riff_length + 8} bytes, not {len(payload)}"
    )
    _need(chunk_length + chunk_length % 2 + 20 == len(payload), "webp", "more than one chunk")
    _need(payload[23:26] == b"\x9d\x01\x2a", "webp", "no key frame")
    width, height = struct.unpack_from("<HH", payload, 26)
    return PictureSize(width=width & 0x3FFF, height=height & 0x3FFF)


def avif_size(payload: bytes) -> PictureSize:
    """Read the size from the ispe box, and hold every AV1 sequence header to it."""
    boxes = list(_boxes(payload, 0, len(payload)))
    _need([kind for kind, _, _ in boxes] == _AVIF_BOXES, "avif", "boxes other than ftyp, meta, mdat")
    _, meta_start, meta_end = boxes[1]
    _, data_start, data_end = boxes[2]
    meta = {kind: (start, end) for kind, start, end in _boxes(payload, meta_start + 4, meta_end)}
    _need({b"iloc", b"iinf", b"iprp"} <= meta.keys(), "avif", "no item")
    _check_single_item(payload, meta[b"iloc"][0], data_start, data_end)
    size = _ispe(payload, *meta[b"iprp"])
    _check_av1(payload[data_start:data_end], size)
    return size


def _boxes(payload: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start of content, end) of each ISO box in payload[start:end]."""
    boxes_left = _MAX_AVIF_BOXES
    while start < end:
        _need(boxes_left > 0, "avif", f"more than {_MAX_AVIF_BOXES} boxes")
        boxes_left -= 1
        length, kind = struct.unpack_from(">I4s", payload, start)
        _need(8 <= length <= end - start, "avif", f"box {kind!r} of {length} bytes")
        yield kind, start + 8, start + length
        start += length


def _check_single_item(payload: bytes, iloc: int, data_start: int, data_end: int) -> None:
    """One item of one extent that covers mdat, so that nothing is decoded which was not looked at."""
    version, sizes, items, _, _, extents, offset, length = struct.unpack_from(">IHHHHHII", payload, iloc)
    _need((version, sizes, items, extents) == (0, 0x4400, 1, 1), "avif", "more than one item")
    _need((offset, offset + length) == (data_start, data_end), "avif", "its item is not its data")


def _ispe(payload: bytes, start: int, end: int) -> PictureSize:
    containers = [(first, last) for kind, first, last in _boxes(payload, start, end) if kind == b"ipco"]
    _need(len(containers) == 1, "avif", "no single property container")
    sizes = [first for kind, first, _ in _boxes(payload, *containers[0]) if kind == b"ispe"]
    _need(len(sizes) == 1, "avif", f"{len(sizes)} sizes")
    width, height = struct.unpack_from(">II", payload, sizes[0] + 4)
    return PictureSize(width=width, height=height)


def _check_av1(data: bytes, size: PictureSize) -> None:
    """Walk the OBUs: a sequence header of a still picture of this size, then one frame, and nothing else."""
    offset, kinds = 0, list[int]()
    while offset < len(data):
        _need(len(kinds) < _MAX_OBUS, "avif", f"more than {_MAX_OBUS} OBUs")
        first = data[offset]
        _need(first & 0x87 == 0x02, "avif", "an OBU without a size or with an extension")
        length, offset = leb128(data, offset + 1)
        _need(offset + length <= len(data), "avif", "an OBU is cut off")
        if first >> 3 == _OBU_SEQUENCE_HEADER:
            _check_sequence_header(int.from_bytes(data[offset : offset + 8], "big"), size)
        kinds.append(first >> 3)
        offset += length
    pictures = [kind for kind in kinds if kind != _OBU_TEMPORAL_DELIMITER]
    _need(pictures == [_OBU_SEQUENCE_HEADER, _OBU_FRAME], "avif", f"OBUs of the types {kinds[:8]}")


def _check_sequence_header(head: int, size: PictureSize) -> None:
    """Bits: profile 3, still 1, reduced 1, level 5, width bits 4, height bits 4, width - 1, height - 1."""
    _need(head >> 59 & 0b11 == 0b11, "avif", "it is not a still picture")
    width_bits, height_bits = (head >> 50 & 15) + 1, (head >> 46 & 15) + 1
    width = (head >> 46 - width_bits & (1 << width_bits) - 1) + 1
    height = (head >> 46 - width_bits - height_bits & (1 << height_bits) - 1) + 1
    _need((width, height) == (size.width, size.height), "avif", f"AV1 says {width}x{height}")


_PARSERS: dict[str, Callable[[bytes], PictureSize]] = {
    "jpeg": jpeg_size,
    "png": png_size,
    "webp": webp_size,
    "avif": avif_size,
}
