"""The classic picture codecs behind the one codec interface: each frame a picture of its own.

jpeg, webp and avif are lossy, png, huffman and lzw lossless. Every payload is decodable by itself, so
every frame is a keyframe, and none is predicted from another, so every frame may be dropped.

How quality in [0, 1] maps to each library's own scale:

| codec | scale | quality 0 | 0.5 | 1 |
|---|---|---|---|---|
| jpeg | libjpeg quality, 1 to 100 | 5 | 50 | 95 |
| webp | libwebp quality, 1 to 100 | 1 | 48 | 95 |
| avif | libavif quality, 0 to 100 | 5 | 45 | 85 |
| png, huffman, lzw | lossless | ignored | ignored | ignored |
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

import cv2
import numpy as np

from narrowcast.codec.api import MIN_SIDE, BitBudget, EncodedFrame, Provenance, Rgb, check_picture, check_size
from narrowcast.codec.classic.huffman import huffman_decode, huffman_encode
from narrowcast.codec.classic.lzw import lzw_decode, lzw_encode
from narrowcast.codec.classic.picture_header import check_png_pixels, picture_size
from narrowcast.codec.errors import BitstreamError, UnknownCodecError

_AVIF_SPEED = 9
"of 0 to 10: 640x360 takes about 10 ms on one core; slower ones gain little at that size"
_PNG_LEVEL = 1
"zlib's fastest: a live stream has no time for the last percent"
_MAX_RAW_SHARE = 4
"a payload over this many times the raw picture is refused before anything looks at it"


class PictureFileDecoder(Protocol):
    """The decoding half of a stateless picture codec."""

    def decode(self, payload: bytes, width: int, height: int) -> Rgb:
        """Decode to uint8 [height, width, 3] or raise BitstreamError."""
        ...


class _PictureCodec(PictureFileDecoder, Protocol):
    """A stateless picture codec; sizes and ranges are checked before it is called."""

    def encode(self, rgb: Rgb, quality: float) -> bytes:
        """Code uint8 [H, W, 3]."""
        ...


class _OpenCvCodec:
    """A picture file format of OpenCV's; the payload is the file."""

    def __init__(
        self, name: str, quality_flag: int | None, range_: tuple[int, int], fixed: list[int]
    ) -> None:
        self._name = name
        self._quality_flag = quality_flag
        self._low, self._high = range_
        self._fixed = fixed

    def encode(self, rgb: Rgb, quality: float) -> bytes:
        """Write the picture as a file in memory."""
        parameters = list(self._fixed)
        if self._quality_flag is not None:
            parameters += [self._quality_flag, round(self._low + quality * (self._high - self._low))]
        written, data = cv2.imencode(f".{self._name}", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), parameters)
        assert written, f"OpenCV did not encode {self._name}"
        return data.tobytes()

    def decode(self, payload: bytes, width: int, height: int) -> Rgb:
        """Read the file in memory, once its header claims no more than the announced size."""
        rgb: Rgb = np.empty((height, width, 3), np.uint8)
        decode_picture_file(self._name, payload, rgb)
        return rgb


def decode_picture_file(name: str, payload: bytes, out: Rgb) -> None:
    """Decode a jpeg, png, webp or avif file to out, uint8 [height, width, 3], if that is its size.

    Its header is read first: OpenCV never sees a file that claims another size, or raises BitstreamError.
    """
    height, width = out.shape[:2]
    claimed = picture_size(name, payload)
    _check_decoded_size(name, claimed.width, claimed.height, width, height)
    if name == "png":
        check_png_pixels(payload, claimed)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        bgr = cv2.imdecode(np.frombuffer(payload, np.uint8), flags)
    except cv2.error as error:
        raise BitstreamError(f"OpenCV cannot decode this {name} payload: {error.err}") from error
    if bgr is None:
        raise BitstreamError(f"OpenCV cannot decode this {name} payload of {len(payload)} bytes")
    _check_decoded_size(name, bgr.shape[1], bgr.shape[0], width, height)
    cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB, dst=out)


class _HuffmanCodec:
    """codec/classic/huffman.py behind the interface."""

    def encode(self, rgb: Rgb, quality: float) -> bytes:
        """Code without loss; quality does nothing."""
        return huffman_encode(rgb)

    def decode(self, payload: bytes, width: int, height: int) -> Rgb:
        """Decode what `encode` has coded; BitstreamError for anything else."""
        return huffman_decode(payload, width=width, height=height)


class _LzwCodec:
    """codec/classic/lzw.py behind the interface."""

    def encode(self, rgb: Rgb, quality: float) -> bytes:
        """Code without loss; quality does nothing."""
        return lzw_encode(rgb)

    def decode(self, payload: bytes, width: int, height: int) -> Rgb:
        """Decode what `encode` has coded; BitstreamError for anything else."""
        return lzw_decode(payload, width=width, height=height)


PICTURE_CODECS: dict[str, _PictureCodec] = {
    "jpeg": _OpenCvCodec("jpeg", cv2.IMWRITE_JPEG_QUALITY, (5, 95), []),
    "png": _OpenCvCodec("png", None, (0, 0), [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL]),
    "webp": _OpenCvCodec("webp", cv2.IMWRITE_WEBP_QUALITY, (1, 95), []),
    "avif": _OpenCvCodec("avif", cv2.IMWRITE_AVIF_QUALITY, (5, 85), [cv2.IMWRITE_AVIF_SPEED, _AVIF_SPEED]),
    "huffman": _HuffmanCodec(),
    "lzw": _LzwCodec(),
}


@cache
def classic_codecs() -> tuple[str, ...]:
    """The names that this machine can both encode and decode: OpenCV may be built without webp or avif."""
    silence_opencv()
    return tuple(name for name, codec in PICTURE_CODECS.items() if _works(codec))


def _works(codec: _PictureCodec) -> bool:
    """Code and decode a small picture: OpenCV's own list of writers does not say what was compiled in."""
    grey: Rgb = np.full((MIN_SIDE, MIN_SIDE, 3), 128, np.uint8)
    try:
        return codec.decode(codec.encode(grey, 0.5), MIN_SIDE, MIN_SIDE).shape == grey.shape
    except (cv2.error, BitstreamError, AssertionError):
        return False


class ClassicEncoder:
    """An Encoder that codes each frame as a picture of its own."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self._codec = _find(name)
        check_size(width, height)
        self._width, self._height = width, height

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """Code uint8 [H, W, 3]; `keyframe` changes nothing, for every frame is one."""
        check_picture(rgb, self._width, self._height)
        payload = self._codec.encode(rgb, min(max(quality, 0.0), 1.0))
        return EncodedFrame(payload=payload, keyframe=True, droppable=True)


class ClassicDecoder:
    """The Decoder for ClassicEncoder's payloads; it decodes to the announced size or not at all."""

    provenance = Provenance()
    "of every picture: no network is asked"

    def __init__(self, name: str, width: int, height: int, decoder: PictureFileDecoder | None = None) -> None:
        """Make the decoder; `decoder` decodes instead of the codec of that name itself."""
        self._name = name
        self._codec: PictureFileDecoder = decoder or _find(name)
        check_size(width, height)
        self._width, self._height = width, height
        self._max_bytes = _MAX_RAW_SHARE * 3 * width * height

    def decode(self, payload: bytes) -> Rgb:
        """Decode to uint8 [H, W, 3]; BitstreamError for garbage or another size."""
        if not 0 < len(payload) <= self._max_bytes:
            raise BitstreamError(
                f"{self._name} payload of {len(payload)} bytes, expected 1 to {self._max_bytes}"
            )
        return self._codec.decode(payload, self._width, self._height)

    def follow(self, payload: bytes) -> None:
        """Take a payload whose picture is not wanted: no later one builds on it."""


def _find(name: str) -> _PictureCodec:
    if name not in classic_codecs():
        raise UnknownCodecError(
            f"no codec {name!r} here; this installation has {', '.join(classic_codecs())}"
        )
    return PICTURE_CODECS[name]


def _check_decoded_size(name: str, got_width: int, got_height: int, width: int, height: int) -> None:
    if (got_width, got_height) != (width, height):
        raise BitstreamError(f"{name} payload of {got_width}x{got_height}, the stream is {width}x{height}")


def silence_opencv() -> None:
    """OpenCV logs every payload it cannot decode; BitstreamError says it once, to the one who asked."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
