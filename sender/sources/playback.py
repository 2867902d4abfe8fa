"""Play what has an end: picture files and patterns at an even pace, videos by their own times."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Protocol

from narrowcast.runtime.reporting import Notice
from narrowcast.sender.sources.feeds import Feed
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.source_clock import Clock

LATE_US = 500_000
"""Behind its time by so much, what is not read ahead (a pipe) was held up by its writer: its times move with
it. And the longest without a picture, where decoding or the network is too slow for the pace."""

EARLY_SHARE = 0.25
"Of the period asked for: a picture so much too early is on time, for times are rounded and vary."

Deliver = Callable[[Picture, int, int], None]
"takes a picture (uint8 RGB of any size), its capture time in microseconds and its number in the source"


class TimedVideo(Protocol):
    """A video, or an animated picture, that is read picture by picture."""

    fps: float
    "how fast its pictures follow each other, where there is no pause"
    damaged: int
    "pictures left out because they did not decode"
    time_us: int
    "of the picture at hand, since the first one"
    until_us: int | None
    "when the one behind it follows; None where that is not known"

    @property
    def end_us(self) -> int:
        """When the picture at hand is over, if it is the last."""
        ...

    def advance(self) -> bool:
        """Decode the next picture; False behind the last."""
        ...

    def picture(self) -> Picture:
        """Return the picture at hand: uint8 RGB [H, W, 3]."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def play(feed: Feed, deliver: Deliver, *, fps: float, clock: Clock, loop: bool) -> None:
    """Deliver pictures `fps` times a second until the feed ends or the clock is stopped.

    Where `fps` is below the feed's own pace, pictures in between are passed over. A loop goes on counting:
    picture 0 of the second lap has the number behind the last of the first.
    """
    step = feed.fps / fps
    tick, lap_start, start_us = 0, 0, None
    while not clock.stopped:
        index = int(tick * step + 1e-6)
        picture = feed.picture(index - lap_start)
        if picture is None:
            if not loop or feed.pictures_seen == 0:
                return
            lap_start += feed.pictures_seen
            feed.rewind()
            continue
        if start_us is None:
            start_us = clock.now_us()
        due_us = start_us + round(tick * 1e6 / fps)
        if not clock.wait_until(due_us):
            return
        deliver(picture, due_us, index)
        elapsed_ticks = int((clock.now_us() - start_us) * fps / 1e6)
        tick = max(tick + 1, elapsed_ticks)


def play_video(
    open_video: Callable[[], TimedVideo],
    deliver: Deliver,
    *,
    max_fps: float | None,
    clock: Clock,
    loop: bool,
    notice: Callable[[Notice], None],
) -> None:
    """Deliver each picture of a video at its own time until the video ends or the clock is stopped.

    Where `max_fps` is below the video's pace, pictures in between are passed over, and so are those whose
    successor is due already, but for two a second. The laps of a loop follow each other without a gap, and
    pictures go on counting.
    """
    period_us = 1e6 / max_fps if max_fps else 0.0
    start_us, shown_us, index = None, clock.now_us(), 0
    while not clock.stopped:
        lap_index, next_us = index, 0.0
        with closing(open_video()) as video:
            while video.advance():
                start_us = clock.now_us() if start_us is None else start_us
                time_us, index = video.time_us, index + 1
                if time_us < next_us - EARLY_SHARE * period_us:
                    continue
                next_us = max(next_us + period_us, time_us + (1 - EARLY_SHARE) * period_us)
                late_us = clock.now_us() - start_us
                passed_over = video.until_us is not None and video.until_us <= late_us
                if passed_over and clock.now_us() < shown_us + LATE_US:
                    continue
                if video.until_us is None and time_us + LATE_US <= late_us:
                    start_us += late_us - time_us
                picture = video.picture()
                if not clock.wait_until(start_us + time_us):
                    return
                shown_us = clock.now_us()
                deliver(picture, start_us + time_us, index - 1)
            if video.damaged:
                notice(Notice(f"left out {video.damaged} pictures of the video that did not decode"))
            start_us = (start_us or 0) + video.end_us
        if not loop or index == lap_index:
            return
