"""Runs a clip through a codec and times it, frame by frame and stage by stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from narrowcast.benchmark.peers.peer import StreamCoder
from narrowcast.benchmark.process_usage import resident_bytes
from narrowcast.codec import Rgb
from narrowcast.codec.stages import CodingStage, ignore_stage

WARM_UP_FRAMES = 2
"""Coded after the keyframe and not timed: with one and with two reference frames."""
GROWTH_FROM = 100
"""Until then caches fill; memory that grows later may be leaking."""


class HalfTimer:
    """Times of one half, encoder or decoder; `synchronise` waits for its device."""

    def __init__(self, synchronise: Callable[[], None]) -> None:
        self._synchronise = synchronise
        self._whole_ms: list[float] = []
        self._stages_ms: list[dict[str, float]] = []
        self._last_s = 0.0

    def ended(self, stage: CodingStage) -> None:
        """Take the time of a stage that began where the last one ended; it may come in several pieces."""
        self._synchronise()
        now_s = time.perf_counter()
        frame = self._stages_ms[-1]
        frame[stage.value] = frame.get(stage.value, 0.0) + 1000 * (now_s - self._last_s)
        self._last_s = now_s

    def begin_stages(self) -> None:
        """Begin to time a frame stage by stage."""
        self._stages_ms.append({})
        self._last_s = time.perf_counter()

    def add_whole(self, seconds: float) -> None:
        """Add the time of a whole frame."""
        self._whole_ms.append(1000 * seconds)

    def median_ms(self) -> float:
        """Return the median time of a whole frame."""
        return round(median(self._whole_ms), 2)

    def stage_medians_ms(self) -> dict[str, float]:
        """Return the median time of each stage, in order; empty where the codec tells of none."""
        frames = [frame for frame in self._stages_ms if frame]
        names = dict.fromkeys(name for frame in frames for name in frame)
        return {name: round(median(frame.get(name, 0.0) for frame in frames), 2) for name in names}


class CoderTimer:
    """Times a coder that has coded its keyframe."""

    def __init__(self, coder: StreamCoder, synchronise: Callable[[], None]) -> None:
        self.encode, self.decode = HalfTimer(synchronise), HalfTimer(synchronise)
        self.resident_bytes = 0
        "of this process, after the last frame"
        self.growth_bytes: int | None = None
        "since the hundredth frame; None where there were fewer"
        self._coder = coder
        self._sizes: list[int] = []

    @property
    def mean_bytes(self) -> float:
        """Mean size of a payload."""
        return fmean(self._sizes)

    def run(self, clip: NDArray[np.uint8], frames: int) -> None:
        """Code so many frames of a clip uint8 [N, H, W, 3] that runs forwards and backwards by turns."""
        pictures = back_and_forth(clip)
        for _ in range(WARM_UP_FRAMES):
            self._coder.decode(self._coder.encode(next(pictures)))
        early_bytes: int | None = None
        for index in range(frames):
            # Whole frames and frames in stages take turns: on a GPU the stopwatch has to wait at each stage.
            (self._time_stages if index % 2 else self._time_whole)(next(pictures))
            if index + 1 == GROWTH_FROM:
                early_bytes = resident_bytes()
        self.resident_bytes = resident_bytes()
        self.growth_bytes = None if early_bytes is None else self.resident_bytes - early_bytes

    def _time_whole(self, rgb: Rgb) -> None:
        self._coder.watch(ignore_stage, ignore_stage)
        start_s = time.perf_counter()
        payload = self._coder.encode(rgb)
        encoded_s = time.perf_counter()
        self._coder.decode(payload)
        decoded_s = time.perf_counter()
        self.encode.add_whole(encoded_s - start_s)
        self.decode.add_whole(decoded_s - encoded_s)
        self._sizes.append(len(payload))

    def _time_stages(self, rgb: Rgb) -> None:
        self._coder.watch(self.encode.ended, self.decode.ended)
        self.encode.begin_stages()
        payload = self._coder.encode(rgb)
        self.decode.begin_stages()
        self._coder.decode(payload)


def back_and_forth(clip: NDArray[np.uint8]) -> Iterator[Rgb]:
    """Yield a clip's pictures from the second to the last, back to the first, and so on, without a cut."""
    order = [*range(1, len(clip)), *range(len(clip) - 2, -1, -1)] or [0]
    while True:
        for index in order:
            yield clip[index]
