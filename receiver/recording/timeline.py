"""Maps capture times to the time line of a recording, however the sender's clock behaves."""

from __future__ import annotations

_MIN_STEP_US = 1000
"Matroska counts in milliseconds, and two frames at one time cannot be muxed."
_MAX_GAP_US = 10_000_000
"A longer gap means that the sender was started again and has another clock."
_MAX_DIFFERENCE_US = 2_000_000
"Where the sender's clock and ours have moved so far apart, ours is right: the sender's was set."
_CORRECTION_SHARE = 64
"Of a smaller difference each frame makes good one part in so many: clocks drift, and arrivals waver."


class Timeline:
    """Follows the capture times where they are plausible, and the nominal frame rate where they are not."""

    def __init__(self, fps: float, start_us: int = 0) -> None:
        """Begin: the first frame will lie at `start_us`."""
        self.time_us = start_us
        "where the last frame lies"
        self._period_us = round(1e6 / fps)
        self._last_capture_sender_us: int | None = None

    def place(self, capture_sender_us: int) -> int:
        """Microseconds from the first frame; `capture_sender_us` may stand still, fall or leap."""
        if self._last_capture_sender_us is not None:
            passed_us = capture_sender_us - self._last_capture_sender_us
            if not 0 <= passed_us <= _MAX_GAP_US:
                passed_us = self._period_us
            self.time_us += max(_MIN_STEP_US, passed_us)
        self._last_capture_sender_us = capture_sender_us
        return self.time_us


class ArrivalTimeline:
    """Follows the capture times, and this machine's clock over gaps and other senders: true over days."""

    def __init__(self) -> None:
        """Begin: the first frame will lie at 0."""
        self.time_us = 0
        "where the last frame lies"
        self._origin_local_us = self._last_capture_sender_us = 0
        self._epoch: int | None = None

    def place(self, capture_sender_us: int, local_us: int, epoch: int) -> int:
        """Microseconds from the first frame.

        Args:
            capture_sender_us: by the sender's clock, which may stand still, fall or leap.
            local_us: our clock, when the frame was taken as far as we know, or came.
            epoch: the sender's run.
        """
        step_us = capture_sender_us - self._last_capture_sender_us
        if self._epoch is None:
            self._origin_local_us = local_us
        else:
            followed_us = self.time_us + step_us
            off_us = local_us - self._origin_local_us - followed_us
            plausible = epoch == self._epoch and 0 <= step_us <= _MAX_GAP_US
            share = _CORRECTION_SHARE if plausible and abs(off_us) <= _MAX_DIFFERENCE_US else 1
            self.time_us = max(self.time_us + _MIN_STEP_US, followed_us + off_us // share)
        self._last_capture_sender_us, self._epoch = capture_sender_us, epoch
        return self.time_us
