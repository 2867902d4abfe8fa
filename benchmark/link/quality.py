"""The quality of what arrived: pictures that a receiver kept, against the clip's own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np

from narrowcast.benchmark.errors import ClipError
from narrowcast.benchmark.link.trial import LinkTrial
from narrowcast.benchmark.metrics import Metric
from narrowcast.benchmark.shown import kept_pictures
from narrowcast.codec import Rgb
from narrowcast.errors import SourceError
from narrowcast.sender.sources.feeds import VideoFeed
from narrowcast.sender.sources.fit import fit_picture
from narrowcast.sender.sources.spec import DEMO_CLIP


@dataclass(frozen=True, kw_only=True)
class PlayedClip:
    """A clip as senders play it: in real time, over and over, at one size."""

    path: Path
    "the file"
    own_fps: float
    "of the file"
    width: int
    "pixels, after fitting"
    height: int
    "pixels, after fitting"
    fps: float
    "at which it is played; the file's own if that is less"

    def index_at(self, capture_us: int, *, first_capture_us: int, first_index: int) -> int:
        """Give the number of the picture that was due at a time, counted on over every lap."""
        step = self.own_fps / self.fps
        first_tick = math.ceil(first_index / step - 1e-6)
        tick = first_tick + round((capture_us - first_capture_us) * self.fps / 1e6)
        return int(tick * step + 1e-6)

    def pictures(self, indices: Iterable[int]) -> dict[int, Rgb]:
        """Read the pictures of these numbers."""
        feed = VideoFeed(str(self.path))
        found: dict[int, Rgb] = {}
        lap_start = 0
        for index in sorted(set(indices)):
            while (picture := feed.picture(index - lap_start)) is None:
                lap_start += feed.pictures_seen
                feed.rewind()
            found[index] = fit_picture(picture, self.width, self.height)
        feed.close()
        return found


def open_clip(path: Path | None, *, width: int, height: int, fps: float) -> PlayedClip:
    """Describe a clip, the bundled one for None; ClipError where it cannot be played."""
    path = DEMO_CLIP if path is None else path
    if not path.is_file():
        raise ClipError(f"there is no clip {path}; check the name")
    try:
        feed = VideoFeed(str(path))
    except SourceError as error:
        raise ClipError(str(error)) from error
    own_fps = feed.fps
    feed.close()
    return PlayedClip(path=path, own_fps=own_fps, width=width, height=height, fps=min(fps, own_fps))


def score_trial(
    trial: LinkTrial,
    folder: Path,
    clip: PlayedClip,
    metrics: Mapping[str, Metric],
    stretch_us: tuple[int, int] | None = None,
) -> dict[str, float]:
    """Average each metric over the pictures in the folder that were shown in the time that is measured.

    Args:
        trial: what was shown when.
        folder: where the receiver kept pictures.
        clip: what was played.
        metrics: by name.
        stretch_us: a part of the time that is measured, from when to when; None for all of it.
    """
    from_us, to_us = stretch_us or (trial.from_us, trial.to_us)
    measured = {picture.capture_sender_us for picture in trial.shown if from_us <= picture.shown_us < to_us}
    kept = {
        clip.index_at(
            capture_us, first_capture_us=trial.first_capture_us, first_index=trial.first_index
        ): path
        for capture_us, path in kept_pictures(folder).items()
        if capture_us in measured
    }
    return score_pictures(kept, clip.pictures(kept), metrics)


def score_pictures(
    kept: Mapping[int, Path], references: Mapping[int, Rgb], metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Average each metric over pictures that stand under the number of their reference."""
    if not kept:
        return {}
    pairs = [(references[index], _read_rgb(path)) for index, path in kept.items()]
    return {
        name: fmean(metric(reference, [picture])[0] for reference, picture in pairs)
        for name, metric in metrics.items()
    }


def _read_rgb(path: Path) -> Rgb:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert bgr is not None, f"{path} was written whole"
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
