"""What a source is: the text that names it, parsed once."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from pathlib import Path

from codec.idx_file import is_idx
from narrowcast.errors import SourceError
from sender.sources.feeds import IMAGE_SUFFIXES
from sender.sources.pipe import STANDARD_INPUT

PUSHED = "push:"
"Names the pictures that a program gives (sender/stream.py)."

DEMO_CLIP = Path(__file__).parent / "clips" / "demo.mp4"

_SECRET = re.compile(r"(?i)([^&=]*(?:pass|pwd|user|login|token|key|auth|secret|credential)[^&=]*)=[^&]*")
"Parameters of a URL that are not shown."

_URL_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "srt")


class SourceKind(enum.Enum):
    """The kinds of source: each is opened in its own way (opening.py)."""

    CAMERA = enum.auto()
    "a camera of this machine"
    URL = enum.auto()
    "a network stream, or a video behind a URL"
    PIPE = enum.auto()
    "standard input or a named pipe"
    PUSHED = enum.auto()
    "pictures that a program gives"
    VIDEO = enum.auto()
    "a video file"
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
    "what is opened: the index of a camera, a URL, the path of a file or folder, a glob"
    name: str
    "safe to print: a URL is without its user and password"

    @property
    def comes_back(self) -> bool:
        """Whether one that cannot be opened now may be there later: a camera, a network stream."""
        return self.kind in (SourceKind.CAMERA, SourceKind.URL)


def parse_source(text: str) -> SourceSpec:
    """Read the name of a source, and look at the file where it names one.

    Args:
        text: camera index ("0"), video file, rtsp:// or http:// URL, folder or glob of pictures, "-" for
            standard input, a named pipe, "test:", "demo:" or "push:".

    Raises SourceError where it cannot name a source, or where there is no such file.
    """
    if text.isdecimal():
        return SourceSpec(kind=SourceKind.CAMERA, address=text, name=f"camera {text}")
    if "://" in text:
        return _url_spec(text)
    if text == STANDARD_INPUT:
        return SourceSpec(kind=SourceKind.PIPE, address=text, name="standard input")
    if text == PUSHED:
        return SourceSpec(kind=SourceKind.PUSHED, address="", name="pictures of a program")
    if text == "test:":
        return SourceSpec(kind=SourceKind.PATTERN, address="", name="test pattern")
    if text == "demo:":
        return SourceSpec(kind=SourceKind.VIDEO, address=str(DEMO_CLIP), name="bundled clip")
    return SourceSpec(kind=_file_kind(text), address=text, name=text)


def _url_spec(text: str) -> SourceSpec:
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in _URL_SCHEMES:
        known = ", ".join(f"{name}://" for name in _URL_SCHEMES)
        raise SourceError(f"cannot open {scheme}:// as a source; use one of {known} or the name of a file")
    return SourceSpec(kind=SourceKind.URL, address=text, name=printable_url(text))


def printable_url(url: str) -> str:
    """Return a URL without its user and password, neither before its host nor in its query."""
    scheme, _, rest = url.partition("://")
    host_end = re.search(r"[/?#]", rest)
    # A password may hold any of these characters: whatever stands before the last @ is left out.
    at = rest.rfind("@")
    if at >= 0 and (host_end is None or "?" not in rest[:at] or at < host_end.start()):
        rest = rest[at + 1 :]
    base, mark, query = rest.partition("?")
    shown = _SECRET.sub(r"\1=***", query)
    return f"{scheme}://{base}{mark}{shown}"


def _file_kind(text: str) -> SourceKind:
    path = Path(text)
    if path.is_fifo() or path.is_char_device():
        return SourceKind.PIPE
    if path.is_dir() or path.suffix.lower() in IMAGE_SUFFIXES:
        return SourceKind.IMAGES
    if path.exists():
        return SourceKind.DIGITS if is_idx(path) else SourceKind.VIDEO
    if re.search(r"[*?\[]", text):
        return SourceKind.IMAGES
    raise SourceError(
        f"there is no file {text}; name a camera (0), a video file, an rtsp:// or http:// URL, "
        "a folder of pictures, test: or demo:"
    )
