"""A running source: a thread captures, and the newest picture can be taken at any time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from narrowcast.runtime.reporting import Notice
from narrowcast.sender.config import Fit
from narrowcast.sender.sources.capture import DEFAULT_FPS
from narrowcast.sender.sources.fit import Picture, fit_picture
from narrowcast.sender.sources.source_clock import Clock
from narrowcast.worker import Worker

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


def _nothing() -> None:
    """Do nothing: for a source without a thread or files."""


class Source:
    """A source that is open: from start() on a thread captures, read() takes the newest frame."""

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
        self._notices: deque[Notice] = deque(maxlen=100)
        self._times_us: deque[int] = deque(maxlen=_PACE_FRAMES)
        self._shape: tuple[int, ...] | None = None
        self._one_size = True
        self._size_changes = 0
        self._capture: Callable[[], None] = _nothing
        self._discard: Callable[[], None] = _nothing
        self.live = False
        "whether it goes on without us"
        self._worker = Worker("capture", self._run)
        self._started = False

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
        if frame is None and finished:
            self.check()
        return frame

    def check(self) -> None:
        """Raise what has ended the capture, if that was an error."""
        if self._finished:
            self._worker.join(_CLOSE_TIMEOUT_S)  # it is about to end, and only then its error is known
            self._worker.check()

    def notices(self) -> list[Notice]:
        """Take the notices that have not been taken yet."""
        with self._arrival:
            notices = list(self._notices)
            self._notices.clear()
        return notices

    def prepare(
        self,
        capture: Callable[[], None],
        discard: Callable[[], None],
        *,
        fps: float,
        live: bool = False,
        one_size: bool = True,
    ) -> None:
        """Say what the thread does.

        Args:
            capture: calls deliver() until the clock is stopped.
            discard: lets go of what was opened, where the source is closed before it was started.
            fps: of the source as far as is known.
            live: whether it goes on without us; any other source waits for its first receiver.
            one_size: whether its pictures are of one size, so that each change is worth a notice.
        """
        self._capture, self._discard, self._nominal_fps, self.live = capture, discard, fps, live
        self._one_size = one_size

    @property
    def started(self) -> bool:
        """Whether it captures, or has captured."""
        return self._started

    def start(self) -> None:
        """Begin to capture; harmless a second time."""
        if not self._started:
            self._started = True
            self._worker.start()

    def close(self) -> None:
        """Stop capturing; read() then gives None."""
        self.clock.stop()
        if not self._started:
            self._discard()
        self._worker.join(_CLOSE_TIMEOUT_S)
        self._finish()

    def __enter__(self) -> Source:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def deliver(self, picture: Picture, capture_sender_us: int, index: int) -> None:
        """Fit a picture (uint8 RGB of any size) and make it the newest frame."""
        self._note_size(picture)
        rgb = fit_picture(picture, self._width, self._height, self._fit)
        with self._arrival:
            self._newest = CapturedFrame(rgb=rgb, capture_sender_us=capture_sender_us, index=index)
            self._captured += 1
            self._times_us.append(capture_sender_us)
            self._arrival.notify_all()

    def notice(self, notice: Notice) -> None:
        """Keep a notice for notices()."""
        with self._arrival:
            self._notices.append(notice)

    def _note_size(self, picture: Picture) -> None:
        """Tell that the size changes: of a video at changes 1, 2, 4, 8, ..., of picture files once."""
        shape, before = picture.shape[:2], self._shape
        self._shape = shape
        if before is None or shape == before:
            return
        self._size_changes += 1
        size = f"{self._width}x{self._height}"
        if self._one_size and self._size_changes.bit_count() == 1:
            self.notice(
                Notice(
                    f"the source changed from {before[1]}x{before[0]} to {shape[1]}x{shape[0]}; "
                    f"it is fitted to {size} as before"
                )
            )
        elif not self._one_size and self._size_changes == 1:
            self.notice(Notice(f"the pictures differ in size; each is fitted to {size}"))

    def _run(self) -> None:
        try:
            self._capture()
        finally:
            self._finish()

    def _finish(self) -> None:
        with self._arrival:
            self._finished = True
            self._arrival.notify_all()
