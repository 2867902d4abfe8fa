"""How a source is to be opened: everything that a caller may ask for, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.errors import SourceError
from narrowcast.sender.config import Deinterlace, Fit
from narrowcast.sender.sources.capture import DEFAULT_FPS
from narrowcast.sender.sources.container import RawVideo, is_pixel_format
from narrowcast.sender.sources.frame_picture import WHITE, Color
from narrowcast.sender.sources.hardware import NONE, hardware
from narrowcast.sender.sources.video_reader import Viewing


@dataclass(frozen=True, kw_only=True)
class SourceWishes:
    """What a source is opened for, and how."""

    width: int
    "pixels of the frames that come out"
    height: int
    "pixels of the frames that come out"
    fps: float | None = None
    "frames a second; None takes the source's own pace. A video is never played faster than it is"
    loop: bool = False
    "begin again where the source ends"
    fit: Fit = "crop"
    "cut off what does not fit, or put bars around what does"
    deinterlace: Deinterlace = "auto"
    "interlaced pictures as the video marks them, all of them, or none"
    hwaccel: str = NONE
    "what decodes videos: the processor, or hardware by FFmpeg's names"
    every_s: float | None = None
    "how often to ask a URL that gives one picture a request; None for once a second"
    background: Color = WHITE
    "what shows behind transparent pixels"
    pixel_format: str | None = None
    "of raw video, in FFmpeg's names; None: the bytes say what they are"
    raw_size: tuple[int, int] | None = None
    "width and height of raw video; None: those of the frames that come out"

    @property
    def viewing(self) -> Viewing:
        """How a video is to be decoded; SourceError for a pixel format or hardware that is not there."""
        return Viewing(
            width=self.width,
            height=self.height,
            deinterlace=self.deinterlace,
            hwaccel=hardware(self.hwaccel),
            background=self.background,
            raw=self._raw(),
        )

    def _raw(self) -> RawVideo | None:
        if self.pixel_format is None:
            return None
        if not is_pixel_format(self.pixel_format):
            raise SourceError(
                f"there is no pixel format {self.pixel_format!r}; usual ones are yuv420p, yuyv422, nv12, "
                "rgb24, bgr24 and gray (ffmpeg -pix_fmts lists all)"
            )
        width, height = self.raw_size or (self.width, self.height)
        fps = self.fps or DEFAULT_FPS
        return RawVideo(pixel_format=self.pixel_format, width=width, height=height, fps=fps)
