"""Events of the link and of the camera behind it, by times alone. Sans-I/O: times are passed in."""

from __future__ import annotations

from collections import deque

from narrowcast.receiver.events.condition import Condition
from narrowcast.receiver.events.event import Event, EventKind

FROZEN_INTERVALS = 3.0
"So many times the longest interval between the last pictures without a new one is no pause any more."

REMEMBERED_INTERVALS = 8


class LinkWatch:
    """Knows whether there is a link, and whether new pictures come over it.

    A camera counts as frozen while its sender is there and no picture comes that was taken later than the
    newest one. Equal pictures are no sign: a scene that stands still gives such pictures, since coding takes
    the noise of the sensor away.
    """

    def __init__(self, frozen_us: int) -> None:
        """Begin without a link; a pause of `frozen_us` is the shortest that counts as frozen."""
        self._link = Condition(EventKind.LINK, begin_us=0, end_us=0)
        self._frozen = Condition(EventKind.FROZEN, begin_us=0, end_us=0)
        self._frozen_us = frozen_us
        self._interval_us = 0
        self._intervals_us: deque[int] = deque(maxlen=REMEMBERED_INTERVALS)
        self._newest_capture_us: int | None = None
        self._newest_us = 0

    @property
    def linked(self) -> bool:
        """Whether there is a link."""
        return self._link.active

    def link_up(self, fps: float, at_us: int) -> list[Event]:
        """A sender is there, which means to send so many pictures a second."""
        self._interval_us = round(1e6 / fps) if fps > 0 else 0
        self._intervals_us.clear()
        self._newest_capture_us, self._newest_us = None, at_us
        return self._link.update(True, at_us)

    def link_down(self, reason: str, at_us: int) -> list[Event]:
        """The sender is not there any more."""
        ended = self._frozen.end(at_us, "there is no link any more")
        return [*ended, *self._link.update(False, at_us, reason)]

    def picture(self, capture_sender_us: int, at_us: int) -> list[Event]:
        """A picture came that was taken then, on the sender's clock."""
        if self._newest_capture_us is not None and capture_sender_us <= self._newest_capture_us:
            return []
        if self._newest_capture_us is not None:
            self._intervals_us.append(capture_sender_us - self._newest_capture_us)
        self._newest_capture_us, self._newest_us = capture_sender_us, at_us
        return self._frozen.update(False, at_us)

    def check(self, at_us: int) -> list[Event]:
        """Say whether the camera has frozen by now; call it a few times a second."""
        if not self.linked or self._frozen.active:
            return []
        usual_us = max(self._interval_us, *self._intervals_us, 0)
        silent_us = at_us - self._newest_us
        if silent_us < max(self._frozen_us, FROZEN_INTERVALS * usual_us):
            return []
        return self._frozen.update(True, at_us, f"no new picture for {silent_us / 1e6:.0f} s")
