"""The video formats and picture sizes that the base layer of the hybrid codec can have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, kw_only=True)
class BaseFormat:
    """A video format that can carry the base layer."""

    name: str
    "as in statistics: av1, h264"
    number: int
    "as in the bitstream"
    encoder: str
    "FFmpeg's name of the encoder"
    decoder: str
    "FFmpeg's name of the decoder"
    crf_best: int
    "constant rate factor at quality 1"
    crf_thin: int
    "constant rate factor at quality THIN_QUALITY, where the latent codec's pictures are about as good"
    crf_worst: int
    "constant rate factor at quality 0, the encoder's last"


AV1 = BaseFormat(
    name="av1", number=0, encoder="libsvtav1", decoder="libdav1d", crf_best=24, crf_thin=58, crf_worst=70
)
H264 = BaseFormat(
    name="h264", number=1, encoder="libx264", decoder="h264", crf_best=20, crf_thin=38, crf_worst=48
)
BASE_FORMATS = (AV1, H264)

THIN_QUALITY = 0.3
"""Below it the quantiser changes faster: this is the range of thin links."""

SCALES = ((1, 1), (2, 3), (1, 2))
"""Sizes of the coded picture against the shown one, by their number in the bitstream."""

FULL_SIZE = 0
"""Index into SCALES: down to 10 kbit/s a coarser quantiser beat a smaller picture (docs/experiments.md)."""


def scaled_size(width: int, height: int, scale: int) -> tuple[int, int]:
    """Return (width, height) of the coded picture; even, as 4:2:0 wants it."""
    over, under = SCALES[scale]
    return 2 * -(-width * over // (2 * under)), 2 * -(-height * over // (2 * under))


@cache
def installed_formats() -> tuple[BaseFormat, ...]:
    """Return the formats that this PyAV can both write and read, the better first."""
    import av

    return tuple(f for f in BASE_FORMATS if {f.encoder, f.decoder} <= av.codecs_available)
