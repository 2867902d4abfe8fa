"""Maps capture times to the time line of a recording, however the sender's clock behaves."""

from __future__ import annotations

_MIN_STEP_US = 1000
"Matroska counts in milliseconds, and two frames at one time cannot be muxed."
_MAX_GAP_US = 10_000_000
"A longer gap means that the sender was started again and has another clock."


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
