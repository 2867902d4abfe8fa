"""Chooses the preset of the base layer's encoder by the time it takes here, at the start and later."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE, H264, BaseFormat, installed_formats
from narrowcast.codec.hybrid.base_layer import BaseEncoder

FINE_PRESETS = (4, 5, 6)
"""Presets of SVT-AV1 for quick machines, the best first: at 640x360 they need 16, 7 to 14 and 6% fewer bits
than 7, and several times as long for a keyframe (docs/experiments.md)."""

PRESETS = (*FINE_PRESETS, 7, 8, 10, 12)
"""All presets to choose from: 8 needs 10 to 30% fewer bits than 10, and 7 another 2 to 12% fewer."""

TRIAL_LIMIT_S = 0.02
"""A preset is taken at the start if it codes each picture of the trial within this time."""

KEYFRAME_LIMIT_S = 0.12
"""A keyframe that takes longer is felt as a pause: a fine preset is taken, and kept, only below."""

TRIAL_FRAMES = 4
"""Pictures that each preset codes in the trial: a keyframe and inter frames, the fastest of which counts."""

LATE_S = 0.045
"""Above this time for a picture, frames at 15 fps may come late: a faster preset is worth a keyframe."""

SLOW_S, QUICK_S = 0.03, 0.012
"""Above the first a faster preset, below the second a better one is taken with the next keyframe that is due
anyway. A preset takes up to twice the time of the next faster one: no change calls for its reverse."""

SETTLED_FRAMES = 30
"""Inter frames, two seconds of them, that are timed before a preset is judged."""


@dataclass(frozen=True, kw_only=True)
class BaseChoice:
    """Which encoder suits this machine."""

    base: BaseFormat
    "video format"
    preset: int
    "preset of SVT-AV1, to begin with"
    pinned: bool = False
    "whether the preset stays, however long it takes"


def choose_base(width: int, height: int, threads: int) -> BaseChoice:
    """Time SVT-AV1's presets on a picture of this size and take the best that is quick enough.

    Where none is, or this PyAV lacks AV1, x264 is taken; BackendError where neither is there.
    """
    formats = installed_formats()
    if not formats:
        raise BackendError("this PyAV has neither SVT-AV1 nor x264; `pip install av` from PyPI has both")
    if AV1 in formats:
        for preset in PRESETS[len(FINE_PRESETS) :]:
            trial = _trial(width, height, preset, threads)
            if trial.inter_s < TRIAL_LIMIT_S:
                better = _fine_preset(width, height, threads) if trial.inter_s < QUICK_S else None
                return BaseChoice(base=AV1, preset=better or preset)
    return BaseChoice(base=H264 if H264 in formats else AV1, preset=PRESETS[-1])


def _fine_preset(width: int, height: int, threads: int) -> int | None:
    """Return the best fine preset that is quick enough; None where none is."""
    for preset in FINE_PRESETS:
        trial = _trial(width, height, preset, threads)
        if trial.inter_s < TRIAL_LIMIT_S and trial.keyframe_s < KEYFRAME_LIMIT_S:
            return preset
    return None


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """How long a preset takes here, in seconds."""

    keyframe_s: float
    inter_s: float
    "the shortest time of an inter frame"


def _trial(width: int, height: int, preset: int, threads: int) -> _Trial:
    """Code a moving random picture, and time it."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (height // 16 + 2, width // 16 + 2, 3), dtype=np.uint8)
    picture = np.ascontiguousarray(coarse.repeat(16, axis=0).repeat(16, axis=1))
    encoder = BaseEncoder(AV1, width, height, crf=50, scale=FULL_SIZE, preset=preset, threads=threads)
    times: list[float] = []
    for shift in range(TRIAL_FRAMES):
        view = np.ascontiguousarray(picture[shift : shift + height, shift : shift + width])
        started = time.perf_counter()
        encoder.encode(view, keyframe=shift == 0)
        times.append(time.perf_counter() - started)
    return _Trial(keyframe_s=times[0], inter_s=min(times[1:]))


class PresetKeeper:
    """Watches how long the base layer takes and says when another preset would suit this machine better."""

    def __init__(self, choice: BaseChoice) -> None:
        self.preset = choice.preset
        "preset to open the next encoder with"
        self._presets = PRESETS if choice.base is AV1 and not choice.pinned else (choice.preset,)
        self._mean_s = 0.0
        self._seen = 0  # inter frames since the last change
        self._too_slow = 0  # presets, from the best one on, whose keyframes took too long
        self._slow_keyframe = False

    def coded(self, seconds: float, *, keyframe: bool = False) -> None:
        """Take the time that a frame took, seconds."""
        if keyframe:
            self._slow_keyframe = seconds > KEYFRAME_LIMIT_S and self.preset in FINE_PRESETS
            return
        self._seen += 1
        self._mean_s += (seconds - self._mean_s) / min(self._seen, SETTLED_FRAMES)

    def change(self, *, keyframe: bool) -> bool:
        """Return whether a new encoder should be opened now, at the preset that is set then.

        Args:
            keyframe: one is due anyway, so that a change costs nothing.
        """
        if keyframe and self._slow_keyframe:
            self._slow_keyframe = False
            self._too_slow = self._presets.index(self.preset) + 1
            return self._step(1)
        if self._seen < SETTLED_FRAMES:
            return False
        if self._mean_s > LATE_S or (keyframe and self._mean_s > SLOW_S):
            return self._step(1)
        return keyframe and self._mean_s < QUICK_S and self._step(-1)

    def _step(self, step: int) -> bool:
        """Go to a faster preset (1) or a better one (-1), where there is one."""
        index = self._presets.index(self.preset) + step
        if not self._too_slow <= index < len(self._presets):
            return False
        self.preset = self._presets[index]
        self._mean_s, self._seen = 0.0, 0
        return True
