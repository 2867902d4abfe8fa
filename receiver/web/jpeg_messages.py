"""Pictures as messages for browsers: JPEG with a short header, coded once for all browsers."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable

from narrowcast import codec
from narrowcast.receiver.web.hub import HubPicture
from narrowcast.runtime.clock import now_us

_QUALITY = 0.92
"High, so that what is seen are the losses of the link and not those of this JPEG."

_HEADER = struct.Struct("<If?")
"Number of the picture, its age in ms (NaN where unknown), and whether it has to be marked as painted."


class JpegCoder:
    """Codes one picture when it is first asked for, and gives the same file to all who ask after."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._key: object = None
        self._jpeg = b""
        self._size = (0, 0)
        self._encoder: codec.Encoder | None = None

    async def code(self, key: object, picture: Callable[[], codec.Rgb]) -> bytes:
        """Return the JPEG file of the picture that `key` names, which `picture` gives in another thread."""
        async with self._lock:
            if key != self._key:
                self._jpeg = await asyncio.to_thread(lambda: self._code(picture()))
                self._key = key
            return self._jpeg

    def _code(self, rgb: codec.Rgb) -> bytes:
        height, width = rgb.shape[:2]
        if self._encoder is None or self._size != (width, height):
            self._encoder = codec.create_encoder("jpeg", width=width, height=height)
            self._size = (width, height)
        return self._encoder.encode(rgb, quality=_QUALITY).payload


class JpegMessages:
    """Codes the newest picture when the first browser asks for it; belongs to the server's thread."""

    def __init__(self) -> None:
        self._coder = JpegCoder()

    async def message(self, picture: HubPicture) -> bytes:
        """Return header and JPEG of a picture."""
        jpeg = await self._coder.code(picture.number, lambda: picture.rgb)
        return pack_header(picture, now_us()) + jpeg


def pack_header(picture: HubPicture, now_local_us: int) -> bytes:
    """Nine bytes, little-endian, that the page's script reads."""
    waited_ms = (now_local_us - picture.shown_local_us) / 1000
    age_ms = math.nan if picture.age_ms is None else picture.age_ms + waited_ms
    return _HEADER.pack(picture.number % 2**32, age_ms, picture.marked)
