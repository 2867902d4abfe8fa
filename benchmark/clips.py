"""Clips and pictures for the benchmarks: found, scaled to one size and brought to one frame rate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from narrowcast.benchmark.errors import ClipError
from narrowcast.codec import Rgb
from narrowcast.errors import SourceError
from narrowcast.sender.sources.feeds import Feed, ImageFeed, VideoFeed
from narrowcast.sender.sources.fit import fit_picture
from narrowcast.sender.sources.picture_file import IMAGE_SUFFIXES
from narrowcast.text import printable_url

CLIP_SUFFIXES = (".mp4", ".mkv", ".webm", ".avi", ".mov", ".m4v", ".264", ".h264", ".265", ".y4m", ".ivf")


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """Pictures of one size that follow each other; one picture alone is a clip of length 1."""

    name: str
    "the file's name without its ending"
    frames: tuple[Rgb, ...]
    "uint8 [H, W, 3] each"
    fps: float
    "frames a second"

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        height, width = self.frames[0].shape[:2]
        return int(height * width)


def find_clips(named: list[Path]) -> list[Path]:
    """Replace each folder by the clips and pictures in it, by name; other paths stay as they are.

    ClipError for a URL: what comes over a network differs from run to run.
    """
    found: list[Path] = []
    for path in named:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(path)):
            raise ClipError(f"{printable_url(str(path))} is a URL; download the clip and name the file")
        found += _folder_entries(path) if path.is_dir() else [path]
    return found


def _folder_entries(folder: Path) -> list[Path]:
    wanted = (*CLIP_SUFFIXES, *IMAGE_SUFFIXES)
    entries = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in wanted)
    return entries or [folder]  # load_clip says what is wrong with it


def load_clip(path: Path, *, width: int, height: int, fps: float, max_frames: int) -> Clip:
    """Read a clip or picture: its middle, averaged down to the size, the nearest frame at each tick.

    Raises ClipError.
    """
    if not path.exists():
        raise ClipError(f"there is no {path}; check the name")
    if path.is_dir():
        raise ClipError(f"the folder {path} holds no clip and no picture")
    try:
        feed = _open(path)
    except SourceError as error:
        raise ClipError(str(error)) from error
    try:
        frames = _sample(feed, fps, max_frames)
    finally:
        feed.close()
    if not frames:
        raise ClipError(f"{path} holds no frame that can be decoded")
    fitted = tuple(fit_picture(frame, width, height) for frame in frames)
    return Clip(name=path.stem, frames=fitted, fps=fps)


def _open(path: Path) -> Feed:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageFeed([path], notice=lambda text: None)
    return VideoFeed(str(path))


def _sample(feed: Feed, fps: float, max_frames: int) -> list[Rgb]:
    """Take the frame nearest to each tick; a slow clip repeats frames, as a slow camera does."""
    frames: list[Rgb] = []
    for tick in range(max_frames):
        # ImageFeed has its own pace; one picture is at tick 0 only.
        picture = feed.picture(int(tick * feed.fps / fps + 0.5))
        if picture is None or (isinstance(feed, ImageFeed) and tick):
            break
        frames.append(picture)
    return frames
