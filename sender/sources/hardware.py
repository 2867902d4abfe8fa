"""Decoding of videos on hardware, where FFmpeg knows it and a device is there; else on the processor."""

from __future__ import annotations

from functools import cache

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import FFmpegError

from narrowcast.errors import SourceError

NONE, AUTO = "none", "auto"

_PROBED_CODEC = "h264"
"What every hardware decoder can; a video in a format that it cannot is decoded on the processor."


def hardware(choice: str) -> HWAccel | None:
    """What av.open takes to decode on hardware; None for the processor.

    Args:
        choice: "none", "auto" for the first kind of hardware that is there, or FFmpeg's name of a kind.

    Raises SourceError where a kind was named that this FFmpeg or this machine does not have.
    """
    if choice == NONE:
        return None
    kinds = hwdevices_available()
    if choice == AUTO:
        choice = next((kind for kind in kinds if _why_not(kind) is None), NONE)
        return None if choice == NONE else HWAccel(choice)
    if choice not in kinds:
        raise SourceError(
            f"there is no hardware decoding called {choice!r} here; "
            f"it may be {', '.join((NONE, AUTO, *kinds))}"
        )
    reason = _why_not(choice)
    if reason is not None:
        raise SourceError(f"{choice} decodes nothing on this machine ({reason}); use auto or none")
    return HWAccel(choice)


@cache
def _why_not(kind: str) -> str | None:
    """Say why a kind of hardware cannot decode here; None where it can. Asked once: it may take a second."""
    try:
        HWAccel(kind, allow_software_fallback=False).create(av.Codec(_PROBED_CODEC, "r"))
    except (FFmpegError, NotImplementedError, RuntimeError) as error:
        return "no such device, or no right to use it" if isinstance(error, FFmpegError) else "not H.264"
    return None
