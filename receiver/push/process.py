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
from fractions import Fraction
from typing import BinaryIO

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream

from narrowcast.receiver.push.target import PushTarget
from narrowcast.receiver.window.overlay import Picture

KEYFRAME_US = 2_000_000
"Who begins to watch waits for so long at most."

TICKS_PER_S = 90_000

_RATE = 30
"What the stream is said to have; each picture has its own time."

_ENCODER = {"preset": "veryfast", "tune": "zerolatency", "crf": "23"}
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

    def __init__(self, stream: VideoStream, width: int, height: int) -> None:
        """Set the stream up; odd sides lose a row or a column, for H.264 has none."""
        stream.width, stream.height = width - width % 2, height - height % 2
        stream.pix_fmt = "yuv420p"
        stream.options = dict(_ENCODER)
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        self._stream = stream
        self._scaler = VideoReformatter()
        self._pts = -1
        self._keyframe_us: int | None = None

    def packets(self, picture: PushedPicture) -> list[av.Packet[VideoStream]]:
        """Code a picture."""
        even = np.ascontiguousarray(picture.rgb[: self._stream.height, : self._stream.width])
        frame = self._scaler.reformat(
            av.VideoFrame.from_ndarray(even, "rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            threads=1,
        )
        self._pts = max(self._pts + 1, round(picture.at_us * TICKS_PER_S / 1e6))
        frame.pts, frame.time_base = self._pts, Fraction(1, TICKS_PER_S)
        if self._keyframe_us is None or picture.at_us - self._keyframe_us >= KEYFRAME_US:
            self._keyframe_us = picture.at_us
            frame.pict_type = av.video.frame.PictureType.I
        return list(self._stream.encode(frame))


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
                encoder = PushEncoder(stream, shape[1], shape[0])
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
