"""One thing to measure: a codec at one size, on one backend, with so many threads."""

from __future__ import annotations

from dataclasses import asdict, dataclass

BACKENDS = ("openvino", "torch", "cuda")
"""Where a learned codec's networks can run."""

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
    def label(self) -> str:
        """For the progress bar."""
        backend = f" {self.backend}" if self.backend else ""
        return f"{self.width}x{self.height} {self.codec}{backend} {self.threads}"

    def to_json_dict(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


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
    "a payload to its picture, likewise"
    encode_stages_ms: dict[str, float]
    "by stage; empty where a codec cannot be looked into"
    decode_stages_ms: dict[str, float]
    "likewise"
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
