"""Opens files, URLs and pipes with PyAV: any name of a file, time limits for what comes over a network."""

from __future__ import annotations

from typing import IO, Protocol

import av
from av.error import FFmpegError

from narrowcast.errors import SourceError

OPEN_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 5.0
"A network stream that gives nothing for as long counts as gone."


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int) -> bytes:
        """Wait for up to `size` bytes; empty at the end."""
        ...


def open_container(target: str | Readable) -> av.container.InputContainer:
    """Open a container; SourceError where it cannot be read."""
    try:
        return av.open(
            _openable(target),
            "r",
            timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S) if isinstance(target, str) else None,
            options=_open_options(target),
        )
    except (FFmpegError, OSError, ValueError) as error:
        raise SourceError(_why_not(error)) from error


def _openable(target: str | Readable) -> str | Readable | IO[bytes]:
    """Return what FFmpeg takes for what it is: no file's name is a protocol, and any bytes may be in it."""
    if not isinstance(target, str) or "://" in target:
        return target
    if target.isascii():
        return f"file:{target}"
    return open(target, "rb")  # noqa: SIM115 - the container closes it


def _open_options(target: str | Readable) -> dict[str, str]:
    if isinstance(target, str) and target.startswith(("rtsp://", "rtsps://")):
        return {"rtsp_transport": "tcp"}  # pictures with holes are worse than late ones
    return {}


def _why_not(error: Exception) -> str:
    """Say in words why a video cannot be opened, without the name, which may hold a password."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
