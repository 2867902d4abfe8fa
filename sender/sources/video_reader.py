"""Videos as PyAV decodes them: each picture upright, with square pixels, whole, and with its own time.

What a file or a stream may hold, and what becomes of it here: interlaced pictures are deinterlaced, a pixel
aspect other than 1:1 and a rotation are carried out, HDR is tone-mapped, pictures that do not decode are left
out and counted, a size that changes midway is followed, and every picture keeps the time that the file gives.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import av
from av.codec.hwaccel import HWAccel
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from narrowcast.errors import SourceError
from narrowcast.sender.config import Deinterlace
from narrowcast.sender.sources.capture import DEFAULT_FPS, is_true_fps
from narrowcast.sender.sources.container import RawVideo, Readable, open_container
from narrowcast.sender.sources.deinterlacer import Deinterlacer
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.frame_picture import WHITE, Color, FrameConverter
from narrowcast.sender.sources.tone_map import colors_of

MAX_PACE = 60.0
"""Frames a second; a varying rate that seems to be quicker counts ticks of a clock."""

PROGRESSIVE = (0, 1)
"""FFmpeg's field order: unknown, progressive. Interlaced video seems to be twice as quick as it is."""

PICTURE_FORMATS = {"image2", "jpeg_pipe", "png_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "gif_pipe"}
"""FFmpeg's names of formats that hold one picture; read from a camera's snapshot URL."""

STRAY_PICTURES = 2
"""So many pictures in a row whose time is not later than the last one's are strays, as damaged videos have
them; with one more a new count begins: files that were joined, clocks that wrapped round."""

MAX_DAMAGED_IN_A_ROW = 500
"Packets that do not decode: more is no damage but another format."


@dataclass(frozen=True, kw_only=True)
class Viewing:
    """How a video is to be decoded and shown."""

    width: int | None = None
    "of the stream that the pictures are for; larger ones are brought down to cover it. None: their own size"
    height: int | None = None
    "likewise"
    deinterlace: Deinterlace = "auto"
    "interlaced pictures as the video marks them, all pictures, or none"
    background: Color = WHITE
    "what shows behind transparent pixels"
    raw: RawVideo | None = None
    "what its bytes are, where they do not say it themselves"
    hwaccel: HWAccel | None = None
    "what decodes in place of the processor, where it can"
    demuxer: str | None = None
    "FFmpeg's name of what takes its container apart, where FFmpeg would choose another one"

    @property
    def pace(self) -> float:
        """Frames a second, as far as is known before anything is read."""
        return self.raw.fps if self.raw else DEFAULT_FPS


@dataclass(frozen=True, kw_only=True, eq=False)
class _TimedFrame:
    """A decoded frame with its time since the first."""

    frame: VideoFrame
    time_us: int


class VideoReader:
    """One video file or stream, read picture by picture: advance() to one, then picture() to have it."""

    def __init__(self, target: str | Readable, viewing: Viewing, *, live: bool = False) -> None:
        """Open it; SourceError where it holds no video.

        Args:
            target: a file's name, a URL or something to read from.
            viewing: how it is to be decoded and shown.
            live: a stream without an end, to be read without delay.
        """
        self._converter = FrameConverter(viewing.width, viewing.height, viewing.background)
        self._deinterlacer = Deinterlacer(viewing.deinterlace)
        self.damaged = 0
        "pictures left out because they did not decode"
        self.time_us = 0
        "of the picture at hand, since the first one, as the file says"
        self.until_us: int | None = None
        "when the one behind it follows; None for the last, and in a live stream, which is not read ahead"
        self._live = live
        self._frame: VideoFrame | None = None
        self._ahead: _TimedFrame | None = None
        self._started = False
        self._start_us: int | None = None
        self._last_us: int | None = None
        self._strays = 0
        self._peeked: deque[_TimedFrame] = deque()
        self._container = open_container(target, viewing.raw, viewing.demuxer, viewing.hwaccel)
        try:
            self._stream = _video_stream(self._container)
        except SourceError:
            self._container.close()
            raise
        self._stream.thread_type = "SLICE" if live else "AUTO"
        self.fps = _pace(self._stream, timed=self._container.duration is not None)
        "how fast its pictures follow each other, where there is no pause"
        known = self._container.duration is not None or self._stream.frames > 0
        self.has_end = known or (isinstance(target, str) and self._container.size > 0)
        "whether it is a recording, to be played from its start"
        self.format_name = self._container.format.name
        "as FFmpeg calls it"
        self._frames = self._timed_frames()

    @property
    def is_picture(self) -> bool:
        """Whether it is one picture, not a video."""
        return self.format_name in PICTURE_FORMATS

    @property
    def end_us(self) -> int:
        """When the picture at hand is over, if it is the last."""
        return self.time_us + round(1e6 / self.fps)

    @property
    def has_usual_colors(self) -> bool:
        """Whether the picture at hand can be shown as it is: neither HDR nor a wide gamut."""
        return self._frame is None or colors_of(self._frame).are_usual

    def advance(self) -> bool:
        """Decode the next picture; False behind the last."""
        if self._live:
            following = self._next_frame()
        else:
            following = self._ahead if self._started else self._next_frame()
            self._ahead = self._next_frame()
            self.until_us = None if self._ahead is None else self._ahead.time_us
        self._started = True
        self._frame = None if following is None else following.frame
        if following is not None:
            self.time_us = following.time_us
        return following is not None

    def peek(self, count: int = 1) -> int:
        """Decode up to `count` pictures before the first advance(); returns how many there are."""
        while len(self._peeked) < count and (frame := next(self._frames, None)) is not None:
            self._peeked.append(frame)
        return len(self._peeked)

    def picture(self) -> Picture:
        """Return the picture at hand: uint8 RGB [H, W, 3], upright, square pixels, usual brightness."""
        if self._frame is None:
            raise SourceError("there is no picture before the first and behind the last")
        stream = self._stream
        aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
        return self._converter.picture(self._frame, aspect)

    def close(self) -> None:
        """Close the file or connection."""
        self._frames.close()
        self._container.close()

    def _next_frame(self) -> _TimedFrame | None:
        return self._peeked.popleft() if self._peeked else next(self._frames, None)

    def _timed_frames(self) -> Generator[_TimedFrame, None, None]:
        """Frames in the order of their times."""
        for frame in self._upright_frames():
            time_us = self._time_us(frame)
            if time_us is None:
                self.damaged += 1
            else:
                yield _TimedFrame(frame=frame, time_us=time_us)

    def _upright_frames(self) -> Iterator[VideoFrame]:
        """Decoded frames, deinterlaced where they have to be."""
        for frame in self._decoded_frames():
            yield from self._deinterlacer.frames(frame)
        yield from self._deinterlacer.flush()

    def _decoded_frames(self) -> Iterator[VideoFrame]:
        in_a_row = 0
        for packet in self._packets():
            try:
                frames = [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
            except FFmpegError:
                self.damaged += 1
                in_a_row += 1
                if in_a_row > MAX_DAMAGED_IN_A_ROW:
                    return
                continue
            for frame in frames:
                in_a_row = 0
                if frame.is_corrupt:
                    self.damaged += 1
                else:
                    yield frame

    def _packets(self) -> Iterator[av.Packet[VideoStream]]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError:
                return  # the file is cut off, the connection gone
            yield packet

    def _time_us(self, frame: VideoFrame) -> int | None:
        """Return the picture's time since the first one, later than the last one's; None for a stray."""
        period_us = round(1e6 / self.fps)
        next_us = 0 if self._last_us is None else self._last_us + period_us
        if frame.time is None or not math.isfinite(frame.time):
            time_us = next_us
        else:
            frame_us = round(frame.time * 1e6)
            if self._start_us is None:
                self._start_us = frame_us - next_us
            time_us = frame_us - self._start_us
            if self._last_us is not None and time_us <= self._last_us:
                self._strays += 1
                if self._strays <= STRAY_PICTURES:
                    return None
                self._start_us, time_us = frame_us - next_us, next_us
        self._last_us, self._strays = time_us, 0
        return time_us


def open_video(path: str, name: str, viewing: Viewing) -> VideoReader:
    """Open a video that has an end; SourceError, which calls it by `name`, where it cannot be read."""
    try:
        reader = identified(path, viewing)
        if reader.peek():
            return reader
        reader.close()
    except SourceError as error:
        raise SourceError(
            f"{name} cannot be read as video ({error}); check that it plays, or convert it to H.264 mp4"
        ) from error
    raise SourceError(
        f"not one picture of {name} can be decoded; check that it plays"
        + (", or download it: its server lets nobody read its end first" if "://" in path else "")
    )


def identified(target: str, viewing: Viewing, *, live: bool = False) -> VideoReader:
    """Open a video; JPEG pictures that follow each other, with or without heads between them, are one too."""
    reader = VideoReader(target, viewing, live=live)
    several = reader.format_name == "jpeg_pipe" and reader.peek(2) == 2
    if several or (reader.format_name == "mpjpeg" and not reader.peek()):
        reader.close()
        return VideoReader(target, replace(viewing, demuxer="mjpeg"), live=live)
    return reader


def _video_stream(container: av.container.InputContainer) -> VideoStream:
    """Return the stream that holds the video, the largest of several; a cover picture of a song is none."""
    cover = av.stream.Disposition.attached_pic
    moving = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not moving:
        kinds = {
            "a cover picture" if stream.disposition & cover else stream.type for stream in container.streams
        }
        raise SourceError(f"it holds {' and '.join(sorted(kinds, reverse=True)) or 'nothing'}, and no video")
    return max(moving, key=lambda stream: (stream.width or 0) * (stream.height or 0))


def _pace(stream: VideoStream, *, timed: bool) -> float:
    """Return the frames a second of a video; of one with a varying rate, those between its pauses."""
    told = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    mean, quickest = (
        next(filter(is_true_fps, map(float, filter(None, told))), 0.0),
        float(stream.base_rate or 0),
    )
    varies = mean * 1.05 < quickest <= MAX_PACE and stream.codec_context.field_order in PROGRESSIVE
    return (quickest if varies and timed else mean) or DEFAULT_FPS
