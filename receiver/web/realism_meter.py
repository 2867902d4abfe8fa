"""Measures the realism of the pictures once a second in a thread of its own, if there are weights for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from narrowcast.codec import Rgb
from narrowcast.errors import CodecError
from narrowcast.worker import Worker

_log = logging.getLogger(__name__)

_INTERVAL_S = 1.0


def _judge(rgb: Rgb) -> float:
    # Imported by the thread that needs it: building the network takes a moment.
    from narrowcast.codec.metrics.realism import realism

    return realism(rgb)


class RealismMeter:
    """Measures the newest picture that it was given."""

    def __init__(self, judge: Callable[[Rgb], float] = _judge) -> None:
        """Start the thread."""
        self._judge = judge
        self._lock = threading.Lock()
        self._picture: Rgb | None = None
        self._score: float | None = None
        self._worker = Worker("realism", self._run)
        self._worker.start()

    def show(self, rgb: Rgb) -> None:
        """Give a picture to measure; a newer one may replace it before."""
        with self._lock:
            self._picture = rgb

    def take_score(self) -> float | None:
        """The newest score, in [0, 1], once; None where there is no new one."""
        with self._lock:
            score, self._score = self._score, None
        return score

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    def _run(self) -> None:
        while not self._worker.wait_closing(_INTERVAL_S):
            with self._lock:
                picture, self._picture = self._picture, None
            if picture is None:
                continue
            try:
                score = self._judge(picture)
            except CodecError:
                return  # no weights, or none that are whole: the page shows no realism
            except Exception:
                _log.exception("the realism of pictures is no longer judged: judging one has failed")
                return
            with self._lock:
                self._score = score
