"""What a receiver is told, checked before anything is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from narrowcast.errors import ConfigError
from receiver.web.address import WebAddress, WebAddressError, parse_web_address

DEVICES = ("auto", "cpu", "cuda")
RESTORE = ("auto", "always", "never")


@dataclass(frozen=True, kw_only=True)
class ExpectedStream:
    """A stream for which the decoder is made ready before connecting, so that its start costs no frame."""

    codec: str
    "name of the codec"
    width: int
    "pixels"
    height: int
    "pixels"


@dataclass(frozen=True, kw_only=True)
class ReceiverConfig:
    """Everything that a receiver can be told."""

    url: str
    "tcp://HOST:PORT, with ?key=... where the other side has one"
    bind: bool = False
    "True: listen on the address for a sender that connects; False: connect to a sender"
    insecure: bool = False
    "no keys, wherever the address leads"
    secure: bool = False
    "keys even where only this machine can connect"
    advertise: str | None = None
    "host (and port) that the other machine reaches us at; None finds it out"
    window: bool = True
    "show a window if there is a display"
    web: WebAddress | None = None
    "where to serve the page for browsers; None serves none"
    mark: bool = True
    "mark pictures that a generator painted as reconstructed"
    record: Path | None = None
    "file for the recording; None records nothing"
    virtual_camera: bool = False
    "show the stream as a camera of this machine"
    device: str = "auto"
    "where the codec runs: auto, cpu or cuda"
    threads: int | None = None
    "CPU threads of the codec; None leaves it to the codec"
    restore: str = "auto"
    "whether hybrid's generator runs: auto (where it keeps up), always or never"
    max_frames: int | None = None
    "stop after this many frames; None for no limit"
    max_seconds: float | None = None
    "stop after this long; None for no limit"
    until_end: bool = False
    "stop when the sender says that the stream has ended"
    save_frames: Path | None = None
    "folder for the decoded pictures; None saves none"
    snapshot_dir: Path = Path()
    "folder for pictures and recordings made with a key of the window or a button of the page"
    snapshot: Path | None = None
    "file for the exact picture behind the first frame shown, after which to stop; None takes none"
    expected: ExpectedStream | None = None
    "the stream that is likely to come; None makes the decoder when a sender has answered"

    def __post_init__(self) -> None:
        """Check every range."""
        if self.device not in DEVICES:
            raise ConfigError(f"device is {self.device!r}; it may be {', '.join(DEVICES)}")
        if self.restore not in RESTORE:
            raise ConfigError(f"restore is {self.restore!r}; it may be {', '.join(RESTORE)}")
        if self.snapshot is not None and self.snapshot.suffix.lower() != ".png":
            raise ConfigError(f"snapshot is {str(self.snapshot)!r}; an exact picture has to end in .png")
        _check_positive("threads", self.threads)
        _check_positive("frames", self.max_frames)
        _check_positive("seconds", self.max_seconds)

    @property
    def label(self) -> str:
        """What tells the lines of several streams apart: their names come only with their pictures."""
        return self.address.partition("://")[2]

    @property
    def address(self) -> str:
        """The address without its key, for people to read."""
        return self.url.partition("?")[0]


def parse_expected(text: str) -> ExpectedStream:
    """Read "gan:640x360"."""
    match = re.fullmatch(r"([a-z0-9]+):(\d{1,5})x(\d{1,5})", text.strip())
    if match is None:
        raise ConfigError(f"expect is {text!r}; write it as CODEC:WIDTHxHEIGHT, for example gan:640x360")
    return ExpectedStream(codec=match[1], width=int(match[2]), height=int(match[3]))


def parse_web(text: str) -> WebAddress:
    """Read "127.0.0.1:8080"."""
    try:
        return parse_web_address(text)
    except WebAddressError as error:
        raise ConfigError(str(error)) from error


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        raise ConfigError(f"{name} is {value:g}; it has to be above 0")
