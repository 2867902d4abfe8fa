"""Play a feed at an even pace: each picture due at an exact multiple of the period, late ones left out."""

from __future__ import annotations

from collections.abc import Callable

from sender.sources.feeds import Feed
from sender.sources.fit import Picture
from sender.sources.source_clock import Clock

Deliver = Callable[[Picture, int, int], None]
"takes a picture (uint8 RGB of any size), its capture time in microseconds and its number in the source"


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
