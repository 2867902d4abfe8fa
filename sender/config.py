"""What a sender is told, checked before anything is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from narrowcast.errors import ConfigError

DEFAULT_CODEC = "hybrid"
"""It needs the fewest bits, and the least of the sender's processor (docs/benchmarks.md)."""

CODEC_HELP = f"hybrid, gan, auto, jpeg, png, webp, avif, huffman or lzw (default {DEFAULT_CODEC})"
"""What `--codec` says of itself; the codecs themselves are not loaded for that."""

LAYERED_CODEC = "gan"
"""The one that can leave a frame out of what later ones are predicted from."""

DEFAULT_URL = "tcp://127.0.0.1:5555"
FITS = ("crop", "letterbox")
DEVICES = ("auto", "cpu", "cuda")

_MAX_FPS = 240.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
"Safe in a terminal, a shell, an address and the name of a file, and short enough for a tile."


@dataclass(frozen=True, kw_only=True)
class SenderConfig:
    """Everything that a sender can be told."""

    source: str
    "camera index, file, rtsp:// or http:// URL, folder or glob of images, test: or demo:"
    name: str = ""
    "what receivers call it; empty where it has no name"
    url: str = DEFAULT_URL
    "tcp://HOST:PORT, with ?key=... where the other side has one"
    bind: bool = True
    "True: listen on the address; False: connect to a receiver that listens on it"
    insecure: bool = False
    "no keys, wherever the address leads"
    secure: bool = False
    "keys even where only this machine can connect"
    advertise: str | None = None
    "host (and port) that the other machine reaches us at; None finds it out"
    codec: str = DEFAULT_CODEC
    "name of the codec"
    width: int = 640
    "pixels"
    height: int = 360
    "pixels"
    fit: str = "crop"
    "how a source of another shape is brought to the size: crop or letterbox"
    fps: float | None = None
    "frames a second; None takes the source's own"
    quality: float = 0.5
    "0 (fewest bits) to 1 (best picture); the upper end where max_kbps rules"
    max_kbps: float = 0.0
    "cap on the bitrate; 0 for none"
    layered: bool = False
    "every second frame is predicted from by none, so that a slow receiver can do without"
    loop: bool = False
    "start a source that ends again"
    device: str = "auto"
    "where the codec runs: auto, cpu or cuda"
    threads: int | None = None
    "CPU threads of the codec; None leaves it to the codec"
    max_frames: int | None = None
    "stop after this many frames sent; None for no limit"
    max_seconds: float | None = None
    "stop this long after the first receiver joined; None for no limit"
    max_receivers: int = 16
    "one more is turned away"
    save_frames: Path | None = None
    "folder for the pictures as they were before coding; None saves none"

    def __post_init__(self) -> None:
        """Check every range."""
        if not self.source.strip():
            raise ConfigError(
                "no source; name a camera (0), a file, a URL, a folder of images, test: or demo:"
            )
        if self.name and not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"name is {self.name!r}; it may have letters, digits, - and _, 32 characters at most"
            )
        _check_choice("fit", self.fit, FITS)
        _check_choice("device", self.device, DEVICES)
        if self.layered and self.codec != LAYERED_CODEC:
            raise ConfigError(f"only the codec {LAYERED_CODEC} sends layers; add --codec {LAYERED_CODEC}")
        _check_size(self.width, self.height)
        if self.fps is not None and not 0 < self.fps <= _MAX_FPS:
            raise ConfigError(f"fps is {self.fps:g}; it may be above 0 and up to {_MAX_FPS:g}")
        if not 0 <= self.quality <= 1:
            raise ConfigError(
                f"quality is {self.quality:g}; it may be from 0 (fewest bits) to 1 (best picture)"
            )
        if not (self.max_kbps == 0 or 1 <= self.max_kbps <= 1e6):
            raise ConfigError(f"max-kbps is {self.max_kbps:g}; it may be from 1 to 1000000, or 0 for no cap")
        _check_positive("threads", self.threads)
        _check_positive("max-receivers", self.max_receivers)
        _check_positive("frames", self.max_frames)
        _check_positive("seconds", self.max_seconds)


def parse_size(text: str) -> tuple[int, int]:
    """Read "640x360" as (width, height)."""
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text.strip())
    if match is None:
        raise ConfigError(f"size is {text!r}; write it as WIDTHxHEIGHT, for example 640x360")
    return int(match[1]), int(match[2])


def _check_size(width: int, height: int) -> None:
    # Imported here, so that the command line can be read (and its --help printed) without loading the codec.
    from codec.api import MAX_HEIGHT, MAX_WIDTH, MIN_SIDE

    if not (MIN_SIDE <= width <= MAX_WIDTH and MIN_SIDE <= height <= MAX_HEIGHT):
        raise ConfigError(
            f"size is {width}x{height}; it may be from {MIN_SIDE}x{MIN_SIDE} to {MAX_WIDTH}x{MAX_HEIGHT}"
        )


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name} is {value!r}; it may be {', '.join(choices)}")


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        raise ConfigError(f"{name} is {value:g}; it has to be above 0")
