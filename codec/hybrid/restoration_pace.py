"""Whether the restoration generator keeps up with a live stream on this machine, and when to try it again."""

from __future__ import annotations

import time
from collections import deque
from statistics import median

SLOW_S = 0.12
"""A generator that takes longer for a picture shows fewer than eight pictures a second."""

BUSY_SHARE = 0.9
"""A slow generator is paused only where it works for more than this share of the time between pictures:
with three pictures a second it may have time enough."""

LATE_S, LATE_SHARE = 0.25, 0.4
"""One that takes longer than the first, as on a busy machine, makes each picture so much older: it is paused
where it works for more than the second share of the time between pictures, for with more time of its own
the base layer would show more of them."""

QUICK_SHARE = 0.7
"""After a pause the generator's pictures are shown again where it takes less than this share of the time
between pictures."""

MEDIAN_FRAMES = 15
"""Pictures, a second of them, whose median time decides; one slow picture decides nothing."""

MIN_MEDIAN_S, MIN_MEDIAN_FRAMES = 1.0, 3
"""After this time fewer pictures are enough to decide: of the largest sizes, and where the machine is very
busy, each takes a large part of a second."""

PAUSE_FRAMES, MAX_PAUSE_FRAMES = 450, 28_800
"""Pictures for which the generator pauses: half a minute at 15 fps, doubled each time up to half an hour."""

TRIAL_FRAMES = 3
"""Pictures of a trial after a pause; they are restored but not shown: texture for a moment would flash."""


class LivePace:
    """Pauses the generator where it cannot keep up, and tries it again later."""

    def __init__(self) -> None:
        self.shown = True
        "whether the generator's pictures are shown"
        self.seconds = 0.0
        "the generator's median time for a picture when it was last decided"
        self._taken_s: deque[float] = deque(maxlen=MEDIAN_FRAMES)
        self._between_s: deque[float] = deque(maxlen=MEDIAN_FRAMES)
        self._began: float | None = None
        self._left = 0  # pictures until the next trial
        self._pause = PAUSE_FRAMES

    def begin(self) -> bool:
        """Begin a picture; return whether to restore it."""
        now = time.perf_counter()
        if self._began is not None:
            self._between_s.append(now - self._began)
        self._began = now
        self._left = max(0, self._left - 1)
        return self._left == 0

    def restored(self) -> bool:
        """Note that the picture begun last is restored; return whether the generator pauses from now on."""
        assert self._began is not None
        self._taken_s.append(time.perf_counter() - self._began)
        if not self.shown:
            return self._end_trial()
        if len(self._taken_s) < MEDIAN_FRAMES and not self._long_enough():
            return False
        self.seconds = median(self._taken_s)
        if not self._too_slow(median(self._between_s)):
            return False
        self._begin_pause()
        return True

    def _too_slow(self, between_s: float) -> bool:
        """Whether a generator that takes `seconds` holds up pictures that come so far apart."""
        share = LATE_SHARE if self.seconds > LATE_S else BUSY_SHARE
        return self.seconds > SLOW_S and self.seconds > share * between_s

    def _long_enough(self) -> bool:
        return len(self._taken_s) >= MIN_MEDIAN_FRAMES and sum(self._taken_s) >= MIN_MEDIAN_S

    def _end_trial(self) -> bool:
        """After the last picture of a trial: show the generator's pictures again, or pause it for longer."""
        late = self._taken_s[-1] > LATE_S
        if len(self._taken_s) < TRIAL_FRAMES and not late:
            return False
        self.seconds = median(self._taken_s)
        share = LATE_SHARE if late else QUICK_SHARE
        if self.seconds < share * max(SLOW_S, median(self._between_s)):
            self.shown, self._pause = True, PAUSE_FRAMES
            self._taken_s.clear()
        else:
            self._pause = min(2 * self._pause, MAX_PAUSE_FRAMES)
            self._begin_pause()
        return False

    def _begin_pause(self) -> None:
        self.shown = False
        self._left = self._pause
        self._taken_s.clear()
