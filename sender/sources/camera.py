"""Sources of pictures: cameras, videos, network streams, picture files, a test pattern, a bundled clip."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import cv2

from codec.idx_file import is_idx
from narrowcast.errors import SourceError
from narrowcast.worker import Worker
from sender.config import Fit
from sender.sources.capture import (
    DEFAULT_FPS,
    CaptureFactory,
    VideoCapture,
    open_capture,
    true_fps,
)
from sender.sources.feeds import (
    IMAGE_SUFFIXES,
    PATTERN_FPS,
    DigitFeed,
    Feed,
    ImageFeed,
    PatternFeed,
    VideoFeed,
    find_images,
)
from sender.sources.fit import Picture, fit_picture
from sender.sources.live import LiveWatch, live_name, open_live
from sender.sources.playback import play
from sender.sources.source_clock import Clock, SourceClock

__all__ = ["CapturedFrame", "Source", "SourceError", "open_source"]

DEMO_CLIP = Path(__file__).parent / "clips" / "demo.mp4"

_URL_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "srt")
_PACE_FRAMES = 31
"the pace of a live source is measured over the 30 intervals between so many frames"
_MIN_PACE_FRAMES = 6
_CLOSE_TIMEOUT_S = 1.0
"a driver may hang in a read; its thread is a daemon and must not hold up the program's end"


@dataclass(frozen=True, kw_only=True, eq=False)
class CapturedFrame:
    """One picture of the source, at the stream's size."""

    rgb: Picture
    "uint8 [height, width, 3]"
    capture_sender_us: int
    "when it was captured or due, on this machine's monotonic clock"
    index: int
    "its number in the source, from 0; gaps are frames that were passed over"


class Source:
    """A running source: a thread captures, read() takes the newest frame."""

    def __init__(self, *, width: int, height: int, fit: Fit, clock: Clock) -> None:
        self.clock = clock
        self._width = width
        self._height = height
        self._fit: Fit = fit
        self._nominal_fps = DEFAULT_FPS
        self._arrival = threading.Condition()
        self._newest: CapturedFrame | None = None
        self._finished = False
        self._captured = 0
        self._notices: deque[str] = deque(maxlen=100)
        self._times_us: deque[int] = deque(maxlen=_PACE_FRAMES)
        self._shape: tuple[int, ...] | None = None
        self._worker: Worker | None = None

    @property
    def ended(self) -> bool:
        """Whether every frame has been taken and no other will come."""
        with self._arrival:
            return self._finished and self._newest is None

    @property
    def captured(self) -> int:
        """Frames captured so far, those included that nobody took."""
        return self._captured

    @property
    def fps(self) -> float:
        """Frames a second: measured once enough have come, before that as the source says."""
        with self._arrival:
            if len(self._times_us) < _MIN_PACE_FRAMES:
                return self._nominal_fps
            return (len(self._times_us) - 1) * 1e6 / max(1, self._times_us[-1] - self._times_us[0])

    def read(self, timeout_s: float) -> CapturedFrame | None:
        """Take the newest frame not yet taken; None after `timeout_s`, or at once behind the last."""
        with self._arrival:
            self._arrival.wait_for(lambda: self._newest is not None or self._finished, timeout_s)
            frame, self._newest = self._newest, None
            finished = self._finished
        if frame is None and finished and self._worker is not None:
            self._worker.check()
        return frame

    def notices(self) -> list[str]:
        """Take the lines that a person should see, each once."""
        with self._arrival:
            lines = list(self._notices)
            self._notices.clear()
        return lines

    def close(self) -> None:
        """Stop capturing; read() then gives None."""
        self.clock.stop()
        if self._worker is not None:
            self._worker.join(_CLOSE_TIMEOUT_S)
        self._finish()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, capture: Callable[[], None], *, fps: float) -> None:
        """Run `capture` in the source's thread; it calls deliver() until the clock is stopped."""
        self._nominal_fps = fps

        def run() -> None:
            try:
                capture()
            finally:
                self._finish()

        self._worker = Worker("capture", run)
        self._worker.start()

    def deliver(self, picture: Picture, capture_sender_us: int, index: int) -> None:
        """Fit a picture (uint8 RGB of any size) and make it the newest frame."""
        self._note_size(picture)
        rgb = fit_picture(picture, self._width, self._height, self._fit)
        with self._arrival:
            self._newest = CapturedFrame(rgb=rgb, capture_sender_us=capture_sender_us, index=index)
            self._captured += 1
            self._times_us.append(capture_sender_us)
            self._arrival.notify_all()

    def notice(self, line: str) -> None:
        """Keep a line for notices()."""
        with self._arrival:
            self._notices.append(line)

    def _note_size(self, picture: Picture) -> None:
        shape = picture.shape[:2]
        if self._shape is not None and shape != self._shape:
            self.notice(
                f"the source changed from {self._shape[1]}x{self._shape[0]} to {shape[1]}x{shape[0]}; "
                f"it is fitted to {self._width}x{self._height} as before"
            )
        self._shape = shape

    def _finish(self) -> None:
        with self._arrival:
            self._finished = True
            self._arrival.notify_all()


def open_source(
    spec: str,
    *,
    width: int,
    height: int,
    fps: float | None,
    loop: bool = False,
    fit: Fit = "crop",
    factory: CaptureFactory = open_capture,
    clock: Clock | None = None,
) -> Source:
    """Open a source and begin to capture.

    Args:
        spec: camera index ("0"), video file, rtsp:// or http:// URL, folder or glob of pictures,
            "test:" or "demo:".
        width: pixels of the frames that come out.
        height: pixels of the frames that come out.
        fps: frames a second; None takes the source's own pace. A video is never played faster than it is.
        loop: begin again where the source ends.
        fit: cut off what does not fit, or put bars around what does.
        factory: opens cameras and videos.
        clock: what the source waits by; None takes a new SourceClock.

    Raises SourceError where there is no such source or it cannot be read.
    """
    source = Source(width=width, height=height, fit=fit, clock=clock or SourceClock())
    if spec.isdecimal():
        _watch(source, int(spec), open_live(int(spec), width, height, factory), fps, width, height, factory)
    elif _is_url(spec):
        capture = open_live(spec, width, height, factory)
        if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:  # a video with an end, to be played at its pace
            capture.release()
            _play(source, VideoFeed(spec, factory), fps, loop)
        else:
            _watch(source, spec, capture, fps, width, height, factory)
    else:
        _play(source, _open_feed(spec, width, height, fps, factory, source.notice), fps, loop)
    return source


def _play(source: Source, feed: Feed, fps: float | None, loop: bool) -> None:
    """Start a source with pictures by number."""
    if isinstance(feed, ImageFeed | DigitFeed) and fps is not None:
        feed.fps = fps  # picture files have no pace of their own: each is shown, however fast
    pace = min(fps or feed.fps, feed.fps)

    def run() -> None:
        try:
            play(feed, source.deliver, fps=pace, clock=source.clock, loop=loop)
        finally:
            feed.close()

    source.start(run, fps=pace)


def _watch(
    source: Source,
    target: int | str,
    capture: VideoCapture,
    fps: float | None,
    width: int,
    height: int,
    factory: CaptureFactory,
) -> None:
    """Start a camera or an endless stream."""
    own_fps = true_fps(capture.get(cv2.CAP_PROP_FPS))
    watch = LiveWatch(
        live_name(target),
        lambda: factory(target, width, height),
        deliver=source.deliver,
        notice=source.notice,
        clock=source.clock,
        max_fps=fps,
    )
    source.start(lambda: watch.run(capture), fps=min(fps or own_fps, own_fps))


def _open_feed(
    spec: str,
    width: int,
    height: int,
    fps: float | None,
    factory: CaptureFactory,
    notice: Callable[[str], None],
) -> Feed:
    """Tell the kinds of source with an end (and the pattern) apart."""
    if spec == "test:":
        return PatternFeed(width, height, fps or PATTERN_FPS)
    if spec == "demo:":
        return VideoFeed(str(DEMO_CLIP), factory)
    path = Path(spec)
    if (
        path.is_dir()
        or path.suffix.lower() in IMAGE_SUFFIXES
        or (not path.exists() and re.search(r"[*?\[]", spec))
    ):
        return ImageFeed(find_images(spec), notice)
    if not path.exists():
        raise SourceError(
            f"there is no file {spec}; name a camera (0), a video file, an rtsp:// or http:// URL, "
            "a folder of pictures, test: or demo:"
        )
    if is_idx(path):
        return DigitFeed(path)
    return VideoFeed(spec, factory)


def _is_url(spec: str) -> bool:
    scheme, separator, _ = spec.partition("://")
    if separator and scheme.lower() not in _URL_SCHEMES:
        known = ", ".join(f"{name}://" for name in _URL_SCHEMES)
        raise SourceError(f"cannot open {scheme}:// as a source; use one of {known} or the name of a file")
    return bool(separator)
