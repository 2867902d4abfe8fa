"""The realism of what is shown, judged once a second in a thread of its own, where the weights are there."""

from __future__ import annotations

import threading
from collections.abc import Callable

from codec import Rgb
from narrowcast.errors import CodecError
from runtime.worker import Worker

_INTERVAL_S = 1.0


def _judge(rgb: Rgb) -> float:
    # Imported by the thread that needs it: building the network takes a moment.
    from codec.metrics.realism import realism

    return realism(rgb)


class RealismMeter:
    """Judges the newest picture that it was shown."""

    def __init__(self, judge: Callable[[Rgb], float] = _judge) -> None:
        """Start the thread."""
        self._judge = judge
        self._change = threading.Condition()
        self._picture: Rgb | None = None
        self._score: float | None = None
        self._stopping = False
        self._worker = Worker("realism", self._run)
        self._worker.start()

    def show(self, rgb: Rgb) -> None:
        """A picture to judge, unless a newer one comes before its turn."""
        with self._change:
            self._picture = rgb
            self._change.notify_all()

    def take_score(self) -> float | None:
        """The newest score, in [0, 1], once; None where there is no new one."""
        with self._change:
            score, self._score = self._score, None
        return score

    def close(self) -> None:
        """End the thread."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        self._worker.join(timeout_s=1.0)

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._stopping or self._picture is not None)
                picture, self._picture = self._picture, None
            if self._stopping or picture is None:
                return
            try:
                score = self._judge(picture)
            except CodecError:
                return  # no weights, or none that are whole: the page shows no realism
            with self._change:
                self._score = score
                self._change.wait_for(lambda: self._stopping, _INTERVAL_S)
