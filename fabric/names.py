"""What a camera is called in a fabric: its name, its address fabric:NAME, its subjects and its stream."""

from __future__ import annotations

import re

from narrowcast.errors import ConfigError
from narrowcast.text import printable

SCHEME = "fabric:"
LEASES = "nc_lease"
"The bucket of keys and values in which relays hold their cameras."

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
"A dot or a wildcard in a name would reach the subjects of other cameras."


def check_camera(name: str, setting: str = "") -> str:
    """Return the name of a camera; ConfigError where it is none."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{printable(name, 64)!r} is no name of a camera: it may have letters, digits, - and _, "
            "32 at most (dots and wildcards would reach other cameras)",
            setting=setting,
        )
    return name


def is_fabric(address: str) -> bool:
    """Whether an address is that of a camera in a fabric."""
    return address.startswith(SCHEME)


def camera_of(address: str) -> str:
    """Read "fabric:front" as "front"; ConfigError where it names no camera."""
    return check_camera(address.removeprefix(SCHEME))


def address_of(camera: str) -> str:
    """The address of a camera, for receive, send and play."""
    return SCHEME + camera


def keyframe_subject(camera: str) -> str:
    """Where keyframes go, each with what a decoder has to know before it."""
    return f"nc.v.{camera}.k"


def frame_subject(camera: str) -> str:
    """Where all other frames go."""
    return f"nc.v.{camera}.d"


def video_subjects(camera: str) -> str:
    """Both of these, to subscribe to."""
    return f"nc.v.{camera}.*"


def state_subject(camera: str) -> str:
    """Where the relay says what the camera sends and whether it does (the parameters of the stream)."""
    return f"nc.i.{camera}"


def alert_subject(camera: str) -> str:
    """Where programs that look at the camera tell what they saw."""
    return f"nc.a.{camera}"


def subjects_of(camera: str) -> list[str]:
    """What the stream of a camera records."""
    return [video_subjects(camera), state_subject(camera), alert_subject(camera)]


def stream_of(camera: str) -> str:
    """The JetStream stream that records a camera."""
    return f"nc_{camera}"
