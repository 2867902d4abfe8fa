"""Watch a camera or a network stream: newest frame always, reopened every second when it stops."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast.errors import SourceError
from runtime.reporting import Level, Notice
from sender.sources.capture import CaptureFactory, VideoCapture
from sender.sources.feeds import rgb_of
from sender.sources.playback import Deliver
from sender.sources.source_clock import Clock
from sender.sources.spec import SourceKind, SourceSpec

NO_FRAME_S = 2.0
"a camera that gives nothing for this long is opened anew"
PAUSE_S = 1.0
"between two tries; it never grows, so that pictures flow again within two seconds of the camera's return"
_RETRY_S = 0.05
"between two reads that gave nothing"


class LiveWatch:
    """Reads one camera or stream, and opens it again after each interruption."""

    def __init__(
        self,
        name: str,
        open_target: Callable[[], VideoCapture],
        *,
        deliver: Deliver,
        notice: Callable[[Notice], None],
        clock: Clock,
        max_fps: float | None,
    ) -> None:
        self._name = name
        self._open = open_target
        self._deliver = deliver
        self._notice = notice
        self._clock = clock
        self._period_us = 1e6 / max_fps if max_fps else 0.0
        self._next_due_us = 0.0
        self._index = 0
        self._tries = 0
        self._last_frame_us = self._give_up_us = self._next_try_us = 0

    def run(self, capture: VideoCapture) -> None:
        """Deliver frames from the open capture, and from those that follow it, until the clock is stopped."""
        self._last_frame_us = self._clock.now_us()
        self._give_up_us = self._last_frame_us + round(NO_FRAME_S * 1e6)
        while not self._clock.stopped:
            if capture.isOpened() and capture.grab():
                self._take(capture)
            elif self._clock.now_us() < self._give_up_us:
                self._clock.wait_until(self._clock.now_us() + round(_RETRY_S * 1e6))
            elif self._clock.wait_until(self._next_try_us):
                capture.release()
                capture = self._reopen()
        capture.release()

    def _take(self, capture: VideoCapture) -> None:
        """Decode and deliver the frame just grabbed, if one is due."""
        now_us = self._clock.now_us()
        if self._tries:
            silent_s = (now_us - self._last_frame_us) / 1e6
            self._notice(Notice(f"{self._name} is back after {silent_s:.1f} s"))
        self._tries, self._next_try_us = 0, now_us
        self._last_frame_us = now_us
        self._give_up_us = now_us + round(NO_FRAME_S * 1e6)
        index, self._index = self._index, self._index + 1
        # A quarter of a period early is on time: 30 fps must not fall to 10 where 15 are asked for.
        if now_us < self._next_due_us - self._period_us / 4:
            return
        decoded, bgr = capture.retrieve()
        if decoded and bgr is not None:
            self._next_due_us = max(self._next_due_us + self._period_us, now_us)
            self._deliver(rgb_of(bgr), now_us, index)

    def _reopen(self) -> VideoCapture:
        """Open the camera again, and set when to try the next time."""
        self._tries += 1
        # Told at tries 1, 2, 4, 8, ...: powers of two have one bit.
        if self._tries.bit_count() == 1:
            silent_s = (self._clock.now_us() - self._last_frame_us) / 1e6
            text = f"{self._name} gave no frame for {silent_s:.1f} s; reopening every second"
            self._notice(Notice(f"{text} (try {self._tries})", level=Level.WARNING))
        capture = self._open()
        now_us = self._clock.now_us()
        self._next_try_us = now_us + round(PAUSE_S * 1e6)
        self._give_up_us = now_us + round(NO_FRAME_S * 1e6) if capture.isOpened() else now_us
        return capture


def open_live(spec: SourceSpec, width: int, height: int, factory: CaptureFactory) -> VideoCapture:
    """Open a camera or stream and see that a frame comes; SourceError otherwise."""
    capture = factory(spec.target, width, height)
    if capture.isOpened() and (capture.grab() or capture.grab()):
        return capture
    opened = capture.isOpened()
    capture.release()
    if opened:
        raise SourceError(f"{spec.name} is there but gives no picture; is another program using it?")
    if spec.kind is SourceKind.CAMERA:
        raise SourceError(f"there is no {spec.name}; plug it in, try another index, or use test: or demo:")
    raise SourceError(
        f"nothing to see at {spec.name}; check the address, the password and that it is switched on"
    )
