"""What the peers' programs share: their arguments, the clip in real time, and the lines that they write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.source import CapturedFrame
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes

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
    keys: Path | None = None
    "folder with the keys of both sides of narrowcast; None for no keys, as its peers have none"

    def to_argument(self) -> str:
        """Write what `settings_from` reads: everything but the keys."""
        return json.dumps(
            {
                name: str(value) if name == "pictures" else value
                for name, value in vars(self).items()
                if name != "keys"
            }
        )


def settings_from(argument: str) -> PeerSettings:
    """Read what `to_argument` wrote."""
    values = json.loads(argument)
    return PeerSettings(**values | {"pictures": Path(values["pictures"])})


Side = Callable[[str, PeerSettings], None]
"Sends or receives until the program is ended; takes the URL at which the receiver listens."


def run_peer(send: Side, receive: Side, argv: Sequence[str] | None = None) -> None:
    """Run one side, as the arguments send|receive, URL and settings say."""
    side, url, settings = sys.argv[1:] if argv is None else argv
    (send if side == "send" else receive)(url, settings_from(settings))


def host_and_port(url: str) -> tuple[str, int]:
    """Read "tcp://10.0.0.1:5555"."""
    host, _, port = url.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def newest_pictures(settings: PeerSettings) -> Iterator[CapturedFrame]:
    """Play the clip in real time; a caller that is busy with one picture gets the newest one next."""
    wishes = SourceWishes(width=settings.width, height=settings.height, fps=settings.fps, loop=True)
    with open_source(parse_source(settings.source), wishes) as source:
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
