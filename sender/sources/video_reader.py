"""Videos as PyAV decodes them: each picture upright, with square pixels, whole, and with its own time.

What a file or a stream may hold, and what becomes of it here: interlaced pictures are deinterlaced, a pixel
aspect other than 1:1 and a rotation are carried out, HDR is tone-mapped, pictures that do not decode are left
out and counted, a size that changes midway is followed, and every picture keeps the time that the file gives.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from narrowcast.errors import SourceError
from sender.config import Deinterlace
from sender.sources.capture import true_fps
from sender.sources.container import Readable, open_container
from sender.sources.deinterlacer import Deinterlacer
from sender.sources.fit import Picture
from sender.sources.tone_map import HLG, PQ, tone_mapped

MAX_PACE = 60.0
"""Frames a second; a varying rate that seems to be quicker counts ticks of a clock."""

PROGRESSIVE = (0, 1)
"""FFmpeg's field order: unknown, progressive. Interlaced video seems to be twice as quick as it is."""

MAX_SIDE = 1 << 15
"""Pixels; no picture is larger."""

PICTURE_FORMATS = {"image2", "jpeg_pipe", "png_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "gif_pipe"}
"""FFmpeg's names of formats that hold one picture; read from a camera's snapshot URL."""

MAX_ASPECT = 8
"A pixel aspect beyond 8:1 is a broken header, not a camera."

STRAY_PICTURES = 2
"""So many pictures in a row whose time is not later than the last one's are strays, as damaged videos have
them; with one more a new count begins: files that were joined, clocks that wrapped round."""

MAX_DAMAGED_IN_A_ROW = 500
"Packets that do not decode: more is no damage but another format."


@dataclass(frozen=True, kw_only=True, eq=False)
class _TimedFrame:
    """A decoded frame with its time since the first."""

    frame: VideoFrame
    time_us: int


class VideoReader:
    """One video file or stream, read picture by picture: advance() to one, then picture() to have it."""

    def __init__(
        self,
        target: str | Readable,
        *,
        width: int | None,
        height: int | None,
        deinterlace: Deinterlace = "auto",
        live: bool = False,
    ) -> None:
        """Open it; SourceError where it holds no video.

        Args:
            target: a file's name, a URL or something to read from.
            width: of the stream that the pictures are for; larger ones are brought down to cover it. None
                for their own size.
            height: likewise.
            deinterlace: interlaced pictures as the video marks them, all pictures, or none.
            live: a stream without an end, to be read without delay.
        """
        self._wanted = (width or MAX_SIDE, height or MAX_SIDE)
        self._deinterlacer = Deinterlacer(deinterlace)
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
        self._container = open_container(target)
        try:
            self._stream = _video_stream(self._container)
        except SourceError:
            self._container.close()
            raise
        self._stream.thread_type = "SLICE" if live else "AUTO"
        self.fps = _pace(self._stream)
        "how fast its pictures follow each other, where there is no pause"
        self.has_end = self._container.duration is not None or self._stream.frames > 0
        "whether it is a recording, to be played from its start"
        self.is_picture = self._container.format.name in PICTURE_FORMATS
        "whether it is one picture, not a video"
        self._frames = self._timed_frames()

    def advance(self) -> bool:
        """Decode the next picture; False behind the last."""
        if self._live:
            following = next(self._frames, None)
        else:
            following = self._ahead if self._started else next(self._frames, None)
            self._ahead = next(self._frames, None)
            self.until_us = None if self._ahead is None else self._ahead.time_us
        self._started = True
        self._frame = None if following is None else following.frame
        if following is not None:
            self.time_us = following.time_us
        return following is not None

    def picture(self) -> Picture:
        """Return the picture at hand: uint8 RGB [H, W, 3], upright, square pixels, usual brightness."""
        if self._frame is None:
            raise SourceError("there is no picture before the first and behind the last")
        return self._rgb(self._frame)

    def close(self) -> None:
        """Close the file or connection."""
        self._frames.close()
        self._container.close()

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

    def _rgb(self, frame: VideoFrame) -> Picture:
        """Convert to RGB at the size that is needed."""
        turns = round(frame.rotation / 90) % 4
        width, height = self._size(frame, turned=turns % 2 == 1)
        shrinks = width < frame.width or height < frame.height
        interpolation = "AREA" if shrinks else "BICUBIC"
        if frame.color_trc in (PQ, HLG):
            deep = frame.reformat(width, height, "rgb48le", interpolation=interpolation)
            rgb = tone_mapped(np.asarray(deep.to_ndarray(), np.uint16), int(frame.color_trc))
        else:
            plain = frame.reformat(width, height, "rgb24", interpolation=interpolation)
            rgb = np.asarray(plain.to_ndarray(), np.uint8)
        return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb

    def _size(self, frame: VideoFrame, *, turned: bool) -> tuple[int, int]:
        """Return (width, height) before the rotation: square pixels, no more than the stream can show."""
        width, height = float(frame.width), float(frame.height)
        aspect = self._pixel_aspect()
        if aspect > 1:
            width *= aspect
        else:
            height /= aspect
        wanted_width, wanted_height = reversed(self._wanted) if turned else self._wanted
        share = min(1.0, max(wanted_width / width, wanted_height / height))
        return max(1, round(width * share)), max(1, round(height * share))

    def _pixel_aspect(self) -> float:
        """Return the width of a pixel over its height."""
        found = self._stream.sample_aspect_ratio or self._stream.codec_context.sample_aspect_ratio
        aspect = float(found or Fraction(1))
        return aspect if 1 / MAX_ASPECT <= aspect <= MAX_ASPECT else 1.0

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


def open_video(
    path: str, name: str, width: int | None, height: int | None, *, deinterlace: Deinterlace = "auto"
) -> VideoReader:
    """Open a video that has an end; SourceError, which calls it by `name`, where it cannot be read."""
    try:
        return VideoReader(path, width=width, height=height, deinterlace=deinterlace)
    except SourceError as error:
        raise SourceError(
            f"{name} cannot be read as video ({error}); check that it plays, or convert it to H.264 mp4"
        ) from error


def _video_stream(container: av.container.InputContainer) -> VideoStream:
    """Return the stream that holds the video; a cover picture of a song is none."""
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not moving:
        kinds = sorted({stream.type for stream in container.streams})
        raise SourceError(f"it holds {' and '.join(kinds) or 'nothing'}, and no video")
    return max(moving, key=lambda stream: (stream.width or 0) * (stream.height or 0))


def _pace(stream: VideoStream) -> float:
    """Return the frames a second of a video; of one with a varying rate, those between its pauses."""
    mean = float(stream.average_rate or stream.guessed_rate or 0)
    quickest = float(stream.base_rate or 0)
    varies = mean * 1.05 < quickest <= MAX_PACE and stream.codec_context.field_order in PROGRESSIVE
    return true_fps(quickest if varies else mean)
