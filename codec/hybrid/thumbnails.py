"""Small pictures of the base layer: scaled where FFmpeg has them in its memory, which costs a tenth."""

from __future__ import annotations

from functools import partial

import numpy as np

from narrowcast.codec.api import Rgb
from narrowcast.codec.hybrid.base_format import BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseDecoder
from narrowcast.codec.hybrid.decoder import HybridDecoder


class ThumbnailDecoder(BaseDecoder):
    """Decodes as BaseDecoder does; its pictures have one size, whatever is to be shown."""

    def __init__(self, base: BaseFormat, coded_size: tuple[int, int], *, size: tuple[int, int]) -> None:
        """Make a decoder for pictures of coded_size (width, height), which gives them in `size`."""
        from av.video.reformatter import VideoReformatter

        super().__init__(base, coded_size)
        self._scaler, self._small = VideoReformatter(), size

    def decode(self, packet: bytes, shown_size: tuple[int, int], out: Rgb | None = None) -> Rgb:
        """Decode one packet to uint8 [H, W, 3] of the small size; BitstreamError as BaseDecoder raises it."""
        width, height = self._small
        frame = self._frame(packet)
        small = self._scaler.reformat(
            frame, width=width, height=height, format="rgb24", interpolation="AREA", threads=1
        )
        return np.asarray(small.to_ndarray(), np.uint8)


def thumbnail_decoder(width: int, height: int, size: tuple[int, int]) -> HybridDecoder:
    """The decoder of a stream of width x height whose pictures have another size, without the generator."""
    return HybridDecoder(
        None, width=width, height=height, open_packet_decoder=partial(ThumbnailDecoder, size=size)
    )
