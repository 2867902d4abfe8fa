"""What the peers' programs share: their command line, the clip in real time, and the words of a start."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.common_settings import parse_size
from runtime.terminal import OneLineParser
from sender.sources.camera import CapturedFrame, open_source

_READ_TIMEOUT_S = 1.0


@dataclass(frozen=True, kw_only=True)
class PeerSettings:
    """What a peer's program is told."""

    source: str
    "what the sender plays, in real time and over and over: a video file or demo:"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: float
    "frames a second"
    kbps: float
    "what the link carries"
    jpeg_quality: int
    "libjpeg's, 1 to 95, where frames are JPEG"
    pictures: Path
    "folder in which the receiver keeps some"

    def to_arguments(self) -> tuple[str, ...]:
        """Write what `run_peer` reads."""
        return (
            f"--source={self.source}",
            f"--size={self.width}x{self.height}",
            f"--fps={self.fps}",
            f"--kbps={self.kbps}",
            f"--jpeg-quality={self.jpeg_quality}",
            f"--pictures={self.pictures}",
        )


Side = Callable[[str, PeerSettings], None]
"Sends or receives until the program is ended; takes the URL at which the receiver listens."


def run_peer(send: Side, receive: Side, argv: Sequence[str] | None = None) -> None:
    """Run the side that the command line names."""
    arguments = make_parser().parse_args(argv)
    (send if arguments.side == "send" else receive)(arguments.url, settings_from(arguments))


def make_parser() -> OneLineParser:
    """The arguments of every peer."""
    parser = OneLineParser(description=__doc__)
    parser.add_argument("side", choices=("send", "receive"))
    parser.add_argument("url", help="tcp://HOST:PORT: the receiver listens there, the sender connects")
    parser.add_argument("--source", default="demo:", help="video file, or demo:")
    parser.add_argument("--size", default="640x360", metavar="WxH")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--kbps", type=float, default=64.0, help="what the link carries")
    parser.add_argument("--jpeg-quality", type=int, default=10)
    parser.add_argument("--pictures", type=Path, default=Path(), metavar="DIR")
    return parser


def settings_from(arguments: Namespace) -> PeerSettings:
    """What the arguments say."""
    width, height = parse_size(arguments.size)
    return PeerSettings(
        source=arguments.source,
        width=width,
        height=height,
        fps=arguments.fps,
        kbps=arguments.kbps,
        jpeg_quality=arguments.jpeg_quality,
        pictures=arguments.pictures,
    )


def host_and_port(url: str) -> tuple[str, int]:
    """Read "tcp://10.0.0.1:5555"."""
    host, _, port = url.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def newest_pictures(settings: PeerSettings) -> Iterator[CapturedFrame]:
    """Play the clip in real time; whoever takes long over one picture gets the newest one next."""
    with open_source(
        settings.source, width=settings.width, height=settings.height, fps=settings.fps, loop=True
    ) as source:
        begun = False
        while not source.ended:
            picture = source.read(_READ_TIMEOUT_S)
            if picture is None:
                continue
            if not begun:
                begun = True
                tell("began", first_capture_us=picture.capture_sender_us, first_index=picture.index)
            yield picture


def tell(event: str, **values: object) -> None:
    """Write one JSON line for the benchmark."""
    print(json.dumps({"event": event} | values), flush=True)
