"""What a source is: the text that names it, parsed once."""

from __future__ import annotations

import enum
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from narrowcast.codec.idx_file import is_idx
from narrowcast.errors import SourceError
from narrowcast.sender.sources.picture_file import IMAGE_SUFFIXES, is_animation
from narrowcast.sender.sources.pipe import STANDARD_INPUT
from narrowcast.text import hide_passwords, printable_url, user_of_url

PUSHED = "push:"
"Names the pictures that a program gives (sender/stream.py)."

DEMO_CLIP = Path(__file__).parent / "clips" / "demo.mp4"

_URL_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "rtp", "tcp", "srt")

_CAMERA_FILE = re.compile(r"/dev/(?:video\d+|v4l/by-(?:id|path)/[^/]+)")
"What Linux calls cameras; it may be plugged in later."

_VIDEO4LINUX = 81
"The number of the driver class of Linux's cameras."

_SCREEN = re.compile(r"screen:(?P<number>\d*)(?:(?:^|(?<=:)|:)(?P<area>\d+x\d+\+\d+\+\d+))?")
_PICAMERA = re.compile(r"picamera:(?P<number>\d*)")

_PERCENT_ADVICE = (
    "; write reserved characters of the password percent-encoded: @ as %40, : as %3A, / as %2F, # as %23"
)


class SourceKind(enum.Enum):
    """The kinds of source: each is opened in its own way (opening.py)."""

    CAMERA = enum.auto()
    "a camera of this machine"
    URL = enum.auto()
    "a network stream, or a video behind a URL"
    SCREEN = enum.auto()
    "the screen of this machine, or a part of it"
    PICAMERA = enum.auto()
    "a camera of a Raspberry Pi, through Picamera2"
    PIPE = enum.auto()
    "standard input or a named pipe"
    PUSHED = enum.auto()
    "pictures that a program gives"
    VIDEO = enum.auto()
    "a video file"
    ANIMATION = enum.auto()
    "an animated picture file"
    IMAGES = enum.auto()
    "picture files, one after the other"
    DIGITS = enum.auto()
    "a file of MNIST's digits"
    PATTERN = enum.auto()
    "the moving test pattern"


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """One source, as it was named."""

    kind: SourceKind
    address: str
    "what is opened: the index or device file of a camera, a URL, the path of a file or folder, a glob"
    name: str
    "safe to print: a URL is without its user and password"
    advice: str = ""
    "added to what is said where it cannot be opened"

    @property
    def comes_back(self) -> bool:
        """Whether one that cannot be opened now may be there later: a camera, a network stream."""
        return self.kind in (SourceKind.CAMERA, SourceKind.PICAMERA, SourceKind.URL)


def parse_source(text: str) -> SourceSpec:
    """Read the name of a source, and look at the file where it names one.

    Args:
        text: camera index ("0") or device file, video file, rtsp:// or http:// URL, folder or glob of
            pictures, "-" for standard input, a named pipe, "screen:", "picamera:", "test:", "demo:", "push:".

    Raises SourceError where it cannot name a source, or where there is no such file.
    """
    if text.isdecimal():
        return SourceSpec(kind=SourceKind.CAMERA, address=text, name=f"camera {int(text)}")
    if _CAMERA_FILE.fullmatch(text):
        return SourceSpec(kind=SourceKind.CAMERA, address=text, name=f"camera {text}")
    if "://" in text:
        return _url_spec(text)
    if text == STANDARD_INPUT:
        return SourceSpec(kind=SourceKind.PIPE, address=text, name="standard input")
    if text.startswith("screen:"):
        return _screen_spec(text)
    if text.startswith("picamera:"):
        return _picamera_spec(text)
    if text == PUSHED:
        return SourceSpec(kind=SourceKind.PUSHED, address="", name="pictures of a program")
    if text == "test:":
        return SourceSpec(kind=SourceKind.PATTERN, address="", name="test pattern")
    if text == "demo:":
        return SourceSpec(kind=SourceKind.VIDEO, address=str(DEMO_CLIP), name="bundled clip")
    kind = _file_kind(text)
    name = f"camera {text}" if kind is SourceKind.CAMERA else text
    return SourceSpec(kind=kind, address=text, name=name)


def _url_spec(text: str) -> SourceSpec:
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in _URL_SCHEMES:
        known = ", ".join(f"{name}://" for name in _URL_SCHEMES)
        raise SourceError(f"cannot open {scheme}:// as a source; use one of {known} or the name of a file")
    given = user_of_url(text)
    # FFmpeg takes each of these for the end of something; one that is encoded already stays as it is.
    user, colon, password = given.partition(":")
    encoded = _encoded(user) + colon + _encoded(password)
    address = f"{scheme}://{encoded}{rest[len(given) :]}"
    advice = _PERCENT_ADVICE if encoded != given else ""
    return SourceSpec(kind=SourceKind.URL, address=address, name=printable_url(text), advice=advice)


def _encoded(text: str) -> str:
    """Percent-encode what a URL does not allow in a user or password."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})|[^%]", lambda found: quote(found.group(), safe="!$&'()*+,;="), text)


def _screen_spec(text: str) -> SourceSpec:
    match = _SCREEN.fullmatch(text)
    if match is None:
        raise SourceError(
            f"cannot read {text}; it may be screen: for the first screen, screen:2 for the second, "
            "screen:640x360+100+50 for 640x360 pixels of it from 100 across and 50 down"
        )
    return SourceSpec(kind=SourceKind.SCREEN, address=text, name=text)


def _picamera_spec(text: str) -> SourceSpec:
    match = _PICAMERA.fullmatch(text)
    if match is None:
        raise SourceError(
            f"cannot read {text}; it may be picamera: for the first camera, picamera:1 for the next"
        )
    number = match["number"] or "0"
    return SourceSpec(kind=SourceKind.PICAMERA, address=number, name=f"camera {number} of the Raspberry Pi")


def _is_camera(path: Path) -> bool:
    """Whether a device file is a camera's, however udev has called it."""
    return path.is_char_device() and os.major(path.stat().st_rdev) == _VIDEO4LINUX


def _file_kind(text: str) -> SourceKind:
    path = Path(text)
    try:
        if path.is_fifo() or path.is_char_device():
            return SourceKind.CAMERA if _is_camera(path) else SourceKind.PIPE
        if path.is_file() and path.suffix.lower() in IMAGE_SUFFIXES:
            return SourceKind.ANIMATION if is_animation(path) else SourceKind.IMAGES
        if path.is_dir() or path.suffix.lower() in IMAGE_SUFFIXES:
            return SourceKind.IMAGES
        if path.exists():
            return SourceKind.DIGITS if is_idx(path) else SourceKind.VIDEO
    except OSError as error:
        raise SourceError(f"cannot look at {text}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # a zero character
        raise SourceError(f"there is no file {text}: a name holds no zero character") from error
    if re.search(r"[*?\[]", text):
        return SourceKind.IMAGES
    raise SourceError(
        f"there is no file {hide_passwords(text, [text])}; name a camera (0), a video file, "
        "an rtsp:// or http:// URL, a folder of pictures, test: or demo:"
    )
