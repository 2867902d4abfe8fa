"""One thing to measure: a codec at one size, on one backend, with so many threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BACKENDS = ("openvino", "torch", "cuda")
"""Where a learned codec's networks can run."""

FPS = 15.0
"""What the video encoders are told."""
LEARNED = ("gan", "hybrid")
CLASSIC = ("jpeg", "webp", "avif")
VIDEO = ("x264", "x265", "svt-av1", "vp9")
SPEED_CODECS = (*LEARNED, *CLASSIC, *VIDEO)


@dataclass(frozen=True, kw_only=True)
class SpeedCase:
    """What one process measures."""

    codec: str
    "as on the command line"
    backend: str
    "of a learned codec; empty for the others"
    threads: int
    "CPU threads"
    width: int
    "pixels"
    height: int
    "pixels"
    quality: float
    "of narrowcast's codecs; video codecs take the middle of their CRFs"

    @property
    def size(self) -> str:
        """Width and height: 640x360."""
        return f"{self.width}x{self.height}"

    @property
    def label(self) -> str:
        """What it is called in the progress bar and in notices."""
        return " ".join(part for part in (self.size, self.codec, self.backend, str(self.threads)) if part)


@dataclass(frozen=True, kw_only=True)
class SpeedMeasurement:
    """What a process found; times are medians over frames, in milliseconds."""

    setting: str
    "quality or CRF, as the codec calls it"
    frames: int
    "how many were coded"
    encode_ms: float
    "a picture to its payload, colour and copies included"
    decode_ms: float
    "a payload to its picture, colour and copies included"
    encode_stages_ms: dict[str, float]
    "encoding by stage; empty where a codec tells of no stages"
    decode_stages_ms: dict[str, float]
    "decoding by stage; empty where a codec tells of no stages"
    frame_bytes: float
    "mean size of an inter frame"
    import_s: float
    "from the start of the process until Python and the libraries stood"
    load_s: float
    "making encoder and decoder"
    first_frame_ms: float
    "encoding and decoding the first picture"
    resident_mb: float
    "the whole process after the last frame, Python and libraries included, the source's pictures left out"
    growth_mb: float | None
    "how much of that came after the first hundred frames; None for shorter runs"


@dataclass(frozen=True, kw_only=True)
class SpeedRow(SpeedCase, SpeedMeasurement):
    """One case and what was found."""

    cold_load_s: float | None
    "making encoder and decoder while no converted network is on the disk; None where nothing is converted"

    @property
    def encode_fps(self) -> float:
        """Frames a second that one encoder alone could code."""
        return round(1000 / self.encode_ms, 2)

    @property
    def decode_fps(self) -> float:
        """Frames a second that one decoder alone could decode."""
        return round(1000 / self.decode_ms, 2)


def ratio_to_gan(rows: Sequence[SpeedRow], row: SpeedRow, half: str) -> float | None:
    """How many times as fast as gan at the same size and threads, on gan's first backend.

    `half` is encode or decode; None where gan was not measured.
    """
    for other in rows:
        if (other.codec, other.size, other.threads) == ("gan", row.size, row.threads):
            return float(getattr(other, f"{half}_ms") / getattr(row, f"{half}_ms"))
    return None
