"""Watch a camera or a network stream: newest frame always, reopened every second when it stops."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from narrowcast.errors import SourceError
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.sender.sources.capture import CaptureFactory, VideoCapture, rgb_of
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.playback import Deliver
from narrowcast.sender.sources.source_clock import Clock
from narrowcast.sender.sources.video_reader import VideoReader, Viewing, identified

NO_FRAME_S = 2.0
"a camera that gives nothing for this long is opened anew"
PAUSE_S = 1.0
"between two tries; it never grows, so that pictures flow again within two seconds of the camera's return"
_RETRY_S = 0.05
"between two reads that gave nothing"


class LiveInput(Protocol):
    """An open camera or stream."""

    def advance(self) -> bool:
        """Wait for the next frame; False where none came."""
        ...

    def picture(self) -> Picture | None:
        """Convert the frame at hand to uint8 RGB [H, W, 3]; None where that fails."""
        ...

    def close(self) -> None:
        """Close the device or connection."""
        ...


class CameraInput:
    """A camera that OpenCV has opened."""

    def __init__(self, capture: VideoCapture) -> None:
        self._capture = capture

    def advance(self) -> bool:
        """Take the next frame off the device."""
        return self._capture.isOpened() and self._capture.grab()

    def picture(self) -> Picture | None:
        """Decode it. OpenCV may say that it did and give nothing."""
        decoded, bgr = self._capture.retrieve()
        return rgb_of(bgr) if decoded and bgr is not None and bgr.size else None

    def close(self) -> None:
        """Let go of the device."""
        self._capture.release()


class SnapshotInput:
    """A URL that gives one picture for each request: requested repeatedly, at an even pace."""

    def __init__(self, open_once: Callable[[], VideoReader], *, every_s: float) -> None:
        self._open_once = open_once
        self._every_s = every_s
        self._next_s = 0.0
        self._picture: Picture | None = None

    def advance(self) -> bool:
        """Request the next picture when it is due."""
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        self._next_s = time.monotonic() + self._every_s
        try:
            reader = self._open_once()
        except SourceError:
            return False
        try:
            self._picture = reader.picture() if reader.advance() else None
        finally:
            reader.close()
        return self._picture is not None

    def picture(self) -> Picture | None:
        """The picture of the last answer."""
        return self._picture

    def close(self) -> None:
        """Nothing is open between two requests."""


class LiveWatch:
    """Reads one camera or stream, and opens it again after each interruption."""

    def __init__(
        self,
        name: str,
        open_input: Callable[[], LiveInput | None],
        *,
        deliver: Deliver,
        notice: Callable[[Notice], None],
        clock: Clock,
        max_fps: float | None,
    ) -> None:
        """Make ready to watch.

        Args:
            name: safe to print.
            open_input: opens it; None where it is not there.
            deliver: is given each picture.
            notice: is told of interruptions.
            clock: what it waits by.
            max_fps: pictures beyond it are not converted; None for all.
        """
        self._name = name
        self._open = open_input
        self._deliver = deliver
        self._notice = notice
        self._clock = clock
        self._period_us = 1e6 / max_fps if max_fps else 0.0
        self._next_due_us = 0.0
        self._index = 0
        self._tries = 0
        self._last_frame_us = self._give_up_us = self._next_try_us = 0

    def run(self, opened: LiveInput | None) -> None:
        """Deliver frames of what is open, and of what follows it, until the clock is stopped."""
        self._last_frame_us = self._clock.now_us()
        self._give_up_us = self._last_frame_us + round(NO_FRAME_S * 1e6)
        while not self._clock.stopped:
            if opened is not None and opened.advance():
                self._take(opened)
            elif self._clock.now_us() < self._give_up_us:
                self._clock.wait_until(self._clock.now_us() + round(_RETRY_S * 1e6))
            elif self._clock.wait_until(self._next_try_us):
                if opened is not None:
                    opened.close()
                opened = self._reopen()
        if opened is not None:
            opened.close()

    def _take(self, opened: LiveInput) -> None:
        """Convert and deliver the frame at hand, if one is due."""
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
        picture = opened.picture()
        if picture is not None:
            self._next_due_us = max(self._next_due_us + self._period_us, now_us)
            self._deliver(picture, now_us, index)

    def _reopen(self) -> LiveInput | None:
        """Open the camera again, and set when to try the next time."""
        self._tries += 1
        # Told at tries 1, 2, 4, 8, ...: powers of two have one bit.
        if self._tries.bit_count() == 1:
            silent_s = (self._clock.now_us() - self._last_frame_us) / 1e6
            text = f"{self._name} gave no frame for {silent_s:.1f} s; reopening every second"
            self._notice(Notice(f"{text} (try {self._tries})", level=Level.WARNING))
        opened = self._open()
        now_us = self._clock.now_us()
        self._next_try_us = now_us + round(PAUSE_S * 1e6)
        self._give_up_us = now_us + round(NO_FRAME_S * 1e6) if opened is not None else now_us
        return opened


def open_camera(
    camera: int | str, name: str, width: int, height: int, factory: CaptureFactory
) -> VideoCapture:
    """Open a camera by its index or device file and see that a frame comes; SourceError otherwise."""
    capture = factory(camera, width, height)
    if capture.isOpened() and (capture.grab() or capture.grab()):
        return capture
    opened = capture.isOpened()
    capture.release()
    if opened:
        raise SourceError(f"{name} is there but gives no picture; is another program using it?")
    raise SourceError(
        f"there is no {name}; plug it in, name another (narrowcast devices lists them), or use test: or demo:"
    )


def open_stream(url: str, name: str, viewing: Viewing) -> VideoReader:
    """Open a network stream; SourceError where nothing is to be had there."""
    try:
        return identified(url, viewing, live=True)
    except SourceError as error:
        raise SourceError(
            f"nothing to see at {name} ({error}); check the address, the password and that it is switched on"
        ) from error
