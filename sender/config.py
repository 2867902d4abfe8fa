"""The settings of a sender, checked before anything is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from narrowcast.codec.names import CODECS, HYBRID, LATENT, Entropy
from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import (
    DEFAULT_PORT,
    POSITIVE,
    ComputeSettings,
    ConnectionSettings,
    FabricSettings,
    StreamSize,
    parse_duration,
    parse_size,
)
from narrowcast.runtime.fabric_address import camera_of, is_fabric
from narrowcast.runtime.settings import PROGRAM_ONLY, Setting
from narrowcast.runtime.web.address import WebAddress, parse_web_address

DEFAULT_CODEC = HYBRID
"""It needs the fewest bits, and the least of the sender's processor (docs/benchmarks.md)."""

LAYERED_CODEC = LATENT
"""The one that can leave a frame out of what later ones are predicted from."""

Fit = Literal["crop", "letterbox"]
Deinterlace = Literal["auto", "on", "off"]

COLORS = {"white": (255, 255, 255), "black": (0, 0, 0), "gray": (128, 128, 128), "grey": (128, 128, 128)}
"""What a background may be called, beside #RRGGBB."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
"Safe in a terminal, a shell, an address and the name of a file, and short enough for a tile."


def parse_color(text: str) -> tuple[int, int, int]:
    """Read "white" or "#RRGGBB" as red, green, blue."""
    if text.lower() in COLORS:
        return COLORS[text.lower()]
    if not re.fullmatch(r"#?[0-9A-Fa-f]{6}", text):
        raise ConfigError(f"is {text!r}; it may be {', '.join(COLORS)} or #RRGGBB", setting="background")
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


_EVERY = Setting(minimum=0.1, maximum=86400, metavar="TIME", parse=partial(parse_duration, setting="every"))
_RAW_SIZE = Setting(metavar="WxH", parse=partial(parse_size, setting="raw_size"))


@dataclass(frozen=True, kw_only=True)
class SenderConfig(StreamSize, ConnectionSettings, FabricSettings, ComputeSettings):
    """Every setting of a sender."""

    source: Annotated[str, PROGRAM_ONLY]
    """camera index or device, file, rtsp:// or http:// URL, folder or glob of images, - or a pipe, screen:,
    picamera:, test: or demo:"""
    name: Annotated[str, PROGRAM_ONLY] = ""
    "what receivers call it; empty where it has no name"
    url: Annotated[str, PROGRAM_ONLY] = f"tcp://127.0.0.1:{DEFAULT_PORT}"
    "tcp://HOST:PORT, with ?key=... where the other side has one"
    bind: Annotated[bool, PROGRAM_ONLY] = True
    "True: listen on the address; False: connect to a receiver that listens on it"
    codec: Annotated[str, Setting(choices=CODECS)] = DEFAULT_CODEC
    "name of the codec"
    entropy: Entropy = "range"
    "what codes the symbols (codec gan only): huffman and lzw need more bits, and show how many"
    fit: Fit = "crop"
    "how a source of another shape is brought to the size: never stretched"
    deinterlace: Deinterlace = "auto"
    "interlaced video: as the video marks its pictures, every picture, or none"
    hwaccel: Annotated[str, Setting(metavar="TYPE")] = "none"
    """decode videos on hardware: auto, or as FFmpeg calls it (cuda, videotoolbox, d3d11va); what that cannot
    decode, the processor does"""
    every: Annotated[float | None, _EVERY] = None
    "how often to ask a URL that gives one picture (a snapshot), as 5s or 2min; by default every second"
    background: str = "white"
    "what shows behind transparent pictures: white, black, gray or #RRGGBB"
    pixel_format: Annotated[str | None, Setting(metavar="NAME")] = None
    "of raw video from a pipe or file, as FFmpeg calls it: yuv420p, nv12, rgb24, gray; --fps says its pace"
    raw_size: Annotated[tuple[int, int] | None, _RAW_SIZE] = None
    "width and height of raw video; by default those of the stream"
    fps: Annotated[float | None, Setting(above=0, maximum=240)] = None
    "frames a second; by default the source's own"
    quality: Annotated[float, Setting(minimum=0, maximum=1)] = 0.5
    "fewest bits or best picture; where max-kbps rules, the best that it may choose"
    max_kbps: Annotated[float, Setting(minimum=1, maximum=1e6, zero="no cap")] = 0.0
    "cap on the bitrate in kbit/s, of all cameras together"
    layered: bool = False
    "let slow receivers do without every second frame: no later one is predicted from it (codec gan only)"
    loop: bool = False
    "play a source that ends again"
    max_receivers: Annotated[int, POSITIVE] = 16
    "turn away more receivers than these"
    web: Annotated[WebAddress | None, Setting(metavar="[HOST]:PORT", parse=parse_web_address)] = None
    """serve a page there on which browsers decode the stream themselves, as in :8443 or 127.0.0.1:8080; of
    several cameras each takes the next port"""
    web_certificate: Annotated[Path | None, Setting(metavar="FILE")] = None
    "PEM file with the page's private key and certificates; by default one is made"
    max_frames: Annotated[int | None, Setting(flag="frames", above=0)] = None
    "stop after this many frames sent"
    max_seconds: Annotated[float | None, Setting(flag="seconds", above=0)] = None
    "stop this long after the first receiver joined"
    save_frames: Annotated[Path | None, Setting(metavar="DIR")] = None
    "save the pictures before coding as PNG files in this folder"

    def __post_init__(self) -> None:
        """Check every range."""
        super().__post_init__()
        if not self.source.strip():
            raise ConfigError(
                "no source; name a camera (0), a file, a URL, a folder of images, test: or demo:"
            )
        if is_fabric(self.source):
            camera_of(self.source)
        if self.name and not _NAME.fullmatch(self.name):
            raise ConfigError(
                f"is {self.name!r}; it may have letters, digits, - and _, 32 characters at most",
                setting="name",
            )
        if self.layered and self.codec != LAYERED_CODEC:
            raise ConfigError(f"is for the codec {LAYERED_CODEC} only; choose that codec", setting="layered")
        if self.entropy != "range" and self.codec != LATENT:
            raise ConfigError(f"is for the codec {LATENT} only; choose that codec", setting="entropy")
        if self.web is not None and not self.bind:
            raise ConfigError(
                "needs a sender that listens: where this one connects, the receiver serves a page",
                setting="web",
            )
        if self.web_certificate is not None and self.web is None:
            raise ConfigError("is for the page only; say where it is served", setting="web_certificate")
        parse_color(self.background)
        if self.raw_size is not None and (self.pixel_format is None or min(self.raw_size) < 1):
            raise ConfigError(
                "is for raw video: say its pixel format too, and at least 1x1", setting="raw_size"
            )
        _check_size(self.size)


def _check_size(size: tuple[int, int]) -> None:
    # Imported here, so that the command line can be read (and its --help printed) without loading the codec.
    from narrowcast.codec.api import MAX_HEIGHT, MAX_WIDTH, MIN_SIDE

    width, height = size
    if not (MIN_SIDE <= width <= MAX_WIDTH and MIN_SIDE <= height <= MAX_HEIGHT):
        raise ConfigError(
            f"is {width}x{height}; it may be from {MIN_SIDE}x{MIN_SIDE} to {MAX_WIDTH}x{MAX_HEIGHT}",
            setting="size",
        )
