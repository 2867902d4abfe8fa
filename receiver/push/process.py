"""The process that talks to a media server: it reads pictures and tells in JSON what happens.

A process of its own, because PyAV holds Python's global lock while FFmpeg's RTSP waits for the server: one
that does not answer would stop the stream. A process that hangs can be killed.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

import av
import numpy as np
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from narrowcast.receiver.live_video import TICK, X264_OPTIONS, LiveVideo, even_size
from narrowcast.receiver.push.target import PushTarget
from narrowcast.receiver.window.overlay import Picture

KEYFRAME_US = 2_000_000
"Who begins to watch waits for so long at most."

_RATE = 30
"What the stream is said to have; each picture has its own time."

_HEAD = struct.Struct("<HHq")
"Width, height, and microseconds since the first picture."


@dataclass(frozen=True, kw_only=True)
class PushedPicture:
    """A picture on its way to the process."""

    rgb: Picture
    "uint8 [H, W, 3]"
    at_us: int
    "since the first one"


def pack_target(target: PushTarget) -> bytes:
    """The first line of the input: not among the arguments, which every user of the machine can read."""
    return json.dumps(asdict(target)).encode() + b"\n"


def unpack_target(line: bytes) -> PushTarget:
    """Read what `pack_target` wrote."""
    return PushTarget(**json.loads(line))


def pack_picture(picture: PushedPicture) -> bytes:
    """A picture, as it comes behind the first line."""
    height, width = picture.rgb.shape[:2]
    return _HEAD.pack(width, height, picture.at_us) + np.ascontiguousarray(picture.rgb).tobytes()


def unpack_pictures(source: BinaryIO) -> Iterator[PushedPicture]:
    """Read what `pack_picture` wrote, to the end."""
    while len(head := source.read(_HEAD.size)) == _HEAD.size:
        width, height, at_us = _HEAD.unpack(head)
        pixels = source.read(3 * width * height)
        if len(pixels) < 3 * width * height:
            return
        yield PushedPicture(rgb=np.frombuffer(pixels, np.uint8).reshape(height, width, 3), at_us=at_us)


class PushEncoder:
    """H.264 without delay, in a stream of a container."""

    def __init__(self, stream: VideoStream, rgb: Picture) -> None:
        """Set the stream up for pictures of this size."""
        stream.width, stream.height = even_size(rgb)
        stream.pix_fmt = "yuv420p"
        stream.options = dict(X264_OPTIONS)
        stream.codec_context.time_base = TICK
        self._stream = stream
        self._video = LiveVideo(KEYFRAME_US, Colorspace.ITU709)

    def packets(self, picture: PushedPicture) -> list[av.Packet[VideoStream]]:
        """Code a picture."""
        return list(self._stream.encode(self._video.frame(picture.rgb, picture.at_us)))


def push(source: BinaryIO) -> None:
    """Push what comes to the end of the input, or until the pictures have another size."""
    target = unpack_target(source.readline())
    encoder = None
    shape: tuple[int, ...] = ()
    with av.open(target.url, "w", format=target.container, options=target.options) as container:
        for picture in unpack_pictures(source):
            if encoder is None:
                stream = container.add_stream("libx264", rate=_RATE)
                assert isinstance(stream, VideoStream)
                shape = picture.rgb.shape
                encoder = PushEncoder(stream, picture.rgb)
                container.start_encoding()
                tell("pushing")
            if picture.rgb.shape != shape:
                raise ValueError("the pictures have another size")
            for packet in encoder.packets(picture):
                container.mux(packet)


def tell(event: str, text: str = "") -> None:
    """Say what happens, as a line of JSON."""
    print(json.dumps({"event": event, "text": text}), flush=True)


def main() -> int:
    """Run the process; returns its exit status."""
    av.logging.set_level(None)
    try:
        push(sys.stdin.buffer)
    except (av.FFmpegError, OSError, ValueError) as error:
        tell("error", str(getattr(error, "strerror", None) or error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
