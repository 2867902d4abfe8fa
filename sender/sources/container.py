"""Opens files, URLs and pipes with PyAV: any name of a file, time limits for what comes over a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Protocol

import av
from av.codec.hwaccel import HWAccel
from av.error import FFmpegError

from narrowcast.errors import SourceError

OPEN_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 5.0
"A network stream that gives nothing for as long counts as gone."

ANALYSIS_US = 1_000_000
"""What FFmpeg may look at before the first picture of a pipe or of HTTP; the five seconds that it takes
otherwise are real ones where it is a camera that writes."""


@dataclass(frozen=True, kw_only=True)
class RawVideo:
    """What raw video is: its bytes do not say it themselves."""

    pixel_format: str
    "in FFmpeg's names, such as yuv420p, nv12, rgb24"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: float
    "frames a second"


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int) -> bytes:
        """Wait for up to `size` bytes; empty at the end."""
        ...


def open_container(
    target: str | Readable,
    raw: RawVideo | None = None,
    demuxer: str | None = None,
    hwaccel: HWAccel | None = None,
) -> av.container.InputContainer:
    """Open a container; SourceError where it cannot be read.

    Args:
        target: a file's name, a URL or something to read from.
        raw: what raw video is, for bytes that do not say it.
        demuxer: FFmpeg's name of the one to use; None lets FFmpeg choose.
        hwaccel: decodes on hardware what that can; None leaves it to the processor.
    """
    try:
        return av.open(
            _openable(target),
            "r",
            format="rawvideo" if raw else demuxer,
            timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S) if isinstance(target, str) else None,
            options=_raw_options(raw) if raw else _open_options(target),
            hwaccel=hwaccel,
        )
    except (FFmpegError, OSError, ValueError) as error:
        raise SourceError(_why_not(error)) from error


def is_pixel_format(name: str) -> bool:
    """Whether FFmpeg knows a pixel format of this name."""
    try:
        return bool(av.VideoFormat(name).name)
    except ValueError:
        return False


def _openable(target: str | Readable) -> str | Readable | IO[bytes]:
    """Return what FFmpeg takes for what it is: no file's name is a protocol, and any bytes may be in it."""
    if not isinstance(target, str) or "://" in target:
        return target
    if target.isascii():
        return f"file:{target}"
    return open(target, "rb")  # noqa: SIM115 - the container closes it


def _open_options(target: str | Readable) -> dict[str, str]:
    if not isinstance(target, str) or target.lower().startswith(("http://", "https://")):
        return {"analyzeduration": str(ANALYSIS_US)}
    if target.lower().startswith(("rtsp://", "rtsps://")):
        return {"rtsp_transport": "tcp"}  # pictures with holes are worse than late ones
    return {}


def _raw_options(raw: RawVideo) -> dict[str, str]:
    return {
        "pixel_format": raw.pixel_format,
        "video_size": f"{raw.width}x{raw.height}",
        "framerate": f"{raw.fps:g}",
    }


def _why_not(error: Exception) -> str:
    """Say in words why a video cannot be opened, without the name, which may hold a password."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
