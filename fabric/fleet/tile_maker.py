"""Makes the tile of one camera out of its frames: decodes the chain, scales and codes the newest picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from narrowcast.codec import BitstreamError, CodecError
from narrowcast.codec.api import Rgb
from narrowcast.codec.classic.codecs import ClassicDecoder
from narrowcast.codec.hybrid.header import is_hybrid
from narrowcast.codec.hybrid.thumbnails import thumbnail_decoder
from narrowcast.codec.names import AUTO, CLASSIC, HYBRID
from narrowcast.fabric.fleet.decode_messages import MAX_REFUSAL, CameraDone, CameraWork, SceneEvent
from narrowcast.fabric.tile import tile_size
from narrowcast.receiver.events.scene_watch import SceneWatch
from narrowcast.text import printable

JPEG_QUALITY = 78
DECODABLE = (HYBRID, AUTO, *CLASSIC)
"Codecs that have a base layer, or pictures that need no network."


class TileDecoder(Protocol):
    """Decodes the frames of one stream."""

    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload to uint8 [H, W, 3], of the tile's size or of the stream's; BitstreamError."""
        ...

    def follow(self, payload: bytes) -> None:
        """Take a payload whose picture is not wanted; BitstreamError."""
        ...


def open_decoder(work: CameraWork) -> TileDecoder:
    """The decoder of a stream; CodecError where there is none."""
    if work.codec in (HYBRID, AUTO):
        return thumbnail_decoder(work.width, work.height, tile_size(work.width, work.height))
    return ClassicDecoder(work.codec, work.width, work.height)


class TileMaker:
    """One camera in a decode process."""

    def __init__(self, open_decoder: Callable[[CameraWork], TileDecoder] = open_decoder) -> None:
        self._open = open_decoder
        self._format: tuple[str, int, int] | None = None
        self._decoder: TileDecoder | None = None
        self._scene = SceneWatch(motion=False)

    def make(self, work: CameraWork, at_us: int) -> CameraDone:
        """Decode the frames of a work; what is refused is told, and the next keyframe begins anew."""
        decoded = 0
        try:
            decoder = self._decoder_for(work)
            for payload in work.payloads[:-1]:
                _check(work, payload)
                decoder.follow(payload)
                decoded += 1
            _check(work, work.payloads[-1])
            rgb = decoder.decode(work.payloads[-1])
            tile = _scaled(rgb, tile_size(work.width, work.height))
            events = [
                SceneEvent(kind=event.kind, state=event.state, seconds=event.seconds)
                for event in self._scene.picture(tile, at_us)
            ]
            return CameraDone(slot=work.slot, decoded=decoded + 1, jpeg=_jpeg(tile), events=tuple(events))
        except (CodecError, MemoryError) as error:
            if isinstance(error, MemoryError):
                self._decoder = None
            refusal = str(error) or "it needs more memory than a decode process may have"
            return CameraDone(slot=work.slot, decoded=decoded, refusal=printable(refusal, MAX_REFUSAL))

    def _decoder_for(self, work: CameraWork) -> TileDecoder:
        wanted = work.codec, work.width, work.height
        if self._decoder is None or wanted != self._format:
            self._decoder = None  # its memory is free for the next one
            self._decoder, self._format = self._open(work), wanted
        return self._decoder


def _check(work: CameraWork, payload: bytes) -> None:
    if work.codec == AUTO and not is_hybrid(payload):
        raise BitstreamError("this frame is of the codec gan, which has no base layer")


def _scaled(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    if (rgb.shape[1], rgb.shape[0]) == size:
        return rgb
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(rgb: Rgb) -> bytes:
    parameters = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    written, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), parameters)
    assert written, "OpenCV codes every picture"
    return data.tobytes()
