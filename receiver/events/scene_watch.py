"""Events of what pictures show. Sans-I/O: pictures and times are passed in.

Every threshold is on the small grey picture of `sample`, 160 pixels wide: neither the stream's size nor its
codec matters.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from narrowcast.receiver.events.condition import Condition
from narrowcast.receiver.events.event import Event, EventKind, EventState
from narrowcast.receiver.events.movement import Movement
from narrowcast.receiver.events.sample import Grey, Sample, make_sample
from narrowcast.receiver.events.viewpoint import Viewpoint

SAMPLE_US = 200_000
"Between two looks: what moves is in the picture for longer."

WARM_UP_US = 2_000_000
"After the first picture, and after anything that upsets the background: no motion is told."

BLACK_MEAN, BLACK_BRIGHT = 20.0, 40.0
"Levels: a picture is black whose mean, and whose brightest two in a hundred pixels, are darker."

USUAL_S = 60.0
"Time constant of the contrast that the scene usually has."

COVERED_SHARE = 0.25
"Of the usual contrast: with less the lens is covered."

LEAST_CONTRAST = 0.01
"A scene that never had more (a white wall, fog) cannot be told from a covered lens."

MOTION_SHARE = 0.003
"Of the picture: 43 pixels of 160x90, a person who takes a ninth of its height."

BLACK_US, COVERED_US, MOVED_US = 2_000_000, 2_000_000, 4_000_000
"How long each has to be seen; a lorry passes, a hand on the lens is gone sooner."

MOTION_BEGIN_US, MOTION_END_US = 150_000, 3_000_000
"Motion in two samples in a row begins, and pauses of three seconds are part of it."

OVER_US = 1_000_000
"What is black or covered ends when it has not been so for as long."


class SceneWatch:
    """The scene of one stream."""

    def __init__(self, still_us: int | None = None, *, motion: bool = True) -> None:
        """Begin without a picture.

        Args:
            still_us: a picture that stays exactly equal for so long is told; None: it is not.
            motion: look for what moves, too, which is nearly half of the work.
        """
        self._black = Condition(EventKind.BLACK, begin_us=BLACK_US, end_us=OVER_US)
        self._covered = Condition(EventKind.COVERED, begin_us=COVERED_US, end_us=OVER_US)
        self._elsewhere = Condition(EventKind.MOVED, begin_us=MOVED_US, end_us=0)
        self._motion = Condition(EventKind.MOTION, begin_us=MOTION_BEGIN_US, end_us=MOTION_END_US)
        self._still = None if still_us is None else Condition(EventKind.STILL, begin_us=still_us, end_us=0)
        self._viewpoint, self._movement = Viewpoint(), Movement() if motion else None
        self._last: Grey | None = None
        self._last_us: int | None = None
        self._quiet_until_us = 0
        self._usual_contrast: float | None = None

    def wants(self, at_us: int) -> bool:
        """Whether it is time to look at a picture again."""
        return self._last_us is None or at_us - self._last_us >= SAMPLE_US

    def picture(self, rgb: NDArray[np.uint8], at_us: int) -> list[Event]:
        """Look at a picture, uint8 RGB [H, W, 3], that came at a time; returns what became known."""
        if not self.wants(at_us):
            return []
        passed_s = 0.0 if self._last_us is None else (at_us - self._last_us) / 1e6
        if self._last_us is None:
            self._quiet_until_us = at_us + WARM_UP_US
        self._last_us = at_us
        sample = make_sample(rgb, at_us)
        dark = sample.mean < BLACK_MEAN and sample.bright < BLACK_BRIGHT
        hidden = not dark and self._is_covered(sample)
        events = self._black.update(dark, at_us) + self._covered.update(hidden, at_us)
        events += self._look_for_still(sample)
        if dark or hidden or self._black.active or self._covered.active:
            self._quiet_until_us = at_us + WARM_UP_US
            return events + self._motion.end(at_us) + self._elsewhere.end(at_us)
        self._learn_contrast(sample, passed_s)
        return events + self._look_for_change(sample)

    def pause(self, at_us: int) -> list[Event]:
        """No pictures come any more, for now: whatever was seen is not known to go on."""
        self._last_us = self._last = None
        conditions = (self._black, self._covered, self._motion, self._still)
        return [event for each in conditions if each is not None for event in each.end(at_us)]

    def _is_covered(self, sample: Sample) -> bool:
        usual = self._usual_contrast
        return usual is not None and usual >= LEAST_CONTRAST and sample.contrast < COVERED_SHARE * usual

    def _learn_contrast(self, sample: Sample, passed_s: float) -> None:
        usual = sample.contrast if self._usual_contrast is None else self._usual_contrast
        self._usual_contrast = usual + (1.0 - math.exp(-passed_s / USUAL_S)) * (sample.contrast - usual)

    def _look_for_still(self, sample: Sample) -> list[Event]:
        last, self._last = self._last, sample.grey
        if self._still is None or last is None:
            return []
        return self._still.update(np.array_equal(last, sample.grey), sample.at_us)

    def _look_for_change(self, sample: Sample) -> list[Event]:
        """Look for a camera that was moved, and for what moves before one that was not."""
        events = [
            Event(kind=EventKind.MOVED, state=EventState.ONCE, at_us=event.at_us)
            for event in self._elsewhere.update(self._viewpoint.is_elsewhere(sample), sample.at_us)
            if event.state is EventState.BEGIN
        ]
        if events:
            self._viewpoint.restart(sample)
            self._usual_contrast = sample.contrast
            self._elsewhere.end(sample.at_us)
            self._quiet_until_us = sample.at_us + WARM_UP_US
        else:
            self._viewpoint.learn(sample)
        if self._movement is None:
            return events
        moving = self._movement.share(sample) >= MOTION_SHARE
        if sample.at_us < self._quiet_until_us:
            return events
        return events + self._motion.update(moving, sample.at_us)
