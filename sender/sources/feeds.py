"""Feeds: sources whose pictures can be had by number: video files, picture files, the test pattern."""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from natsort import natsorted, ns

from narrowcast.codec.idx_file import SHEET_COLUMNS, SHEET_ROWS, read_idx, sheet
from narrowcast.errors import SourceError
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.frame_picture import WHITE, Color
from narrowcast.sender.sources.picture_file import IMAGE_SUFFIXES, read_picture
from narrowcast.sender.sources.test_pattern import draw_test_pattern
from narrowcast.sender.sources.video_reader import Viewing, open_video

IMAGE_FPS = 15.0
"the pace of picture files where none is asked for"
DIGIT_FPS = 2.0
"the pace of sheets of digits where none is asked for: slow enough to read"
PATTERN_FPS = 30.0
"the pace of the test pattern where none is asked for"


class Feed(Protocol):
    """Pictures by number, in rising order."""

    @property
    def fps(self) -> float:
        """The feed's own pace."""
        ...

    @property
    def pictures_seen(self) -> int:
        """Pictures from the start up to the furthest that was reached."""
        ...

    def picture(self, index: int) -> Picture | None:
        """Give picture `index` as uint8 RGB of any size, or None behind the last; `index` never falls."""
        ...

    def rewind(self) -> None:
        """Begin again at picture 0."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class VideoFeed:
    """A video file, its pictures at their full size and by their numbers, for measurements."""

    def __init__(self, path: str) -> None:
        """Open it; SourceError where it cannot be read."""
        self._path = path
        self._reader = open_video(path, path, Viewing())
        self.fps = self._reader.fps
        self.pictures_seen = 0

    def picture(self, index: int) -> Picture | None:
        """Decode up to `index`, convert only that."""
        while self.pictures_seen <= index:
            if not self._reader.advance():
                return None
            self.pictures_seen += 1
        return self._reader.picture()

    def rewind(self) -> None:
        """Open the file anew: seeking is not exact in every container."""
        self._reader.close()
        self._reader = open_video(self._path, self._path, Viewing())
        self.pictures_seen = 0

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


class ImageFeed:
    """Picture files in natural order (2 before 10), one after the other."""

    fps = IMAGE_FPS

    def __init__(
        self, paths: list[Path], notice: Callable[[Notice], None], background: Color = WHITE
    ) -> None:
        self._paths = paths
        self._notice = notice
        self._background = background
        self._bad: set[Path] = set()
        self._shown: Path | None = None
        self._last = self._first_readable()

    @property
    def pictures_seen(self) -> int:
        """The number of all pictures: the list of files is known."""
        return len(self._paths)

    def picture(self, index: int) -> Picture | None:
        """Read file `index`; in place of one that cannot be read, the one before it, with a notice."""
        if index >= len(self._paths):
            return None
        path = self._paths[index]
        if path == self._shown and len(self._paths) == 1:
            return self._last  # one picture in a loop
        try:
            self._last, self._shown = read_picture(path, self._background), path
        except SourceError as error:
            if path not in self._bad:
                self._bad.add(path)
                text = f"{path} cannot be read as a picture ({error}); showing the one before it"
                self._notice(Notice(text, level=Level.WARNING))
        return self._last

    def rewind(self) -> None:
        """Do nothing: no file is kept open."""

    def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _first_readable(self) -> Picture:
        reasons = []
        for path in self._paths:
            try:
                return read_picture(path, self._background)
            except SourceError as error:
                reasons.append(str(error))
        raise SourceError(
            f"none of {len(self._paths)} files can be read as a picture, {self._paths[0]} first "
            f"({reasons[0]})"
        )


class DigitFeed:
    """MNIST's digits, a sheet of them a picture."""

    fps = DIGIT_FPS

    def __init__(self, path: Path) -> None:
        self._digits = read_idx(path)

    @property
    def pictures_seen(self) -> int:
        """The number of all pictures: the file is read at once."""
        return -(-len(self._digits) // (SHEET_ROWS * SHEET_COLUMNS))

    def picture(self, index: int) -> Picture | None:
        """Lay out sheet `index`."""
        return sheet(self._digits, index)

    def rewind(self) -> None:
        """Do nothing: no file is kept open."""

    def close(self) -> None:
        """Do nothing: no file is kept open."""


class PatternFeed:
    """The endless test pattern."""

    def __init__(self, width: int, height: int, fps: float) -> None:
        self._width = width
        self._height = height
        self.fps = fps
        self.pictures_seen = 0

    def picture(self, index: int) -> Picture | None:
        """Draw frame `index`."""
        self.pictures_seen = index + 1
        return draw_test_pattern(index, width=self._width, height=self._height, fps=self.fps)

    def rewind(self) -> None:
        """Begin again."""
        self.pictures_seen = 0

    def close(self) -> None:
        """Do nothing: no file is kept open."""


def find_images(spec: str) -> list[Path]:
    """List the picture files of a folder, a glob or one file in natural order; SourceError for none."""
    path = Path(spec)
    if path.is_dir():
        found = [entry for entry in path.iterdir() if entry.suffix.lower() in IMAGE_SUFFIXES]
    elif path.is_file():
        found = [path]
    else:
        matches = map(Path, glob.glob(spec, recursive=True))
        found = [match for match in matches if match.suffix.lower() in IMAGE_SUFFIXES and match.is_file()]
    if not found:
        kinds = ", ".join(suffix[1:] for suffix in IMAGE_SUFFIXES)
        raise SourceError(f"no pictures in {spec}; put files of these kinds there: {kinds}")
    return natsorted(found, alg=ns.PATH)
