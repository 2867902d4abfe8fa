"""Pictures written to a folder as PNG files, off the hot path."""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path

import codec
from narrowcast.errors import OutputError

_log = logging.getLogger(__name__)

_MAX_WAITING = 64
"Pictures that wait to be written (64 of 640x360 are 44 MB); more are left out, rather than slow the stream."


class PictureFolderError(OutputError):
    """The folder for pictures cannot be used."""


class PictureFolder:
    """Writes pictures as `<name>.png` into a folder, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.left_out = 0
        "pictures that were not written because the disk was too slow or full"
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PictureFolderError(
                f"cannot make the folder {folder}: {error.strerror}; name another"
            ) from error
        self._waiting: queue.Queue[tuple[str, codec.Rgb] | None] = queue.Queue(_MAX_WAITING)
        self._thread = threading.Thread(name="pictures", target=self._write_all, daemon=True)
        self._thread.start()

    def add(self, name: str, rgb: codec.Rgb) -> None:
        """Write `rgb` soon; it must not be changed afterwards."""
        try:
            self._waiting.put_nowait((name, rgb))
        except queue.Full:
            self.left_out += 1

    def close(self) -> None:
        """Write what waits and end."""
        self._waiting.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        while (item := self._waiting.get()) is not None:
            name, rgb = item
            try:
                write_png(self._folder / f"{name}.png", rgb)
            except OSError as error:
                self.left_out += 1
                _log.warning("cannot write %s.png into %s: %s", name, self._folder, error.strerror)


def write_png(path: Path, rgb: codec.Rgb) -> None:
    """Write one picture."""
    height, width = rgb.shape[:2]
    path.write_bytes(codec.create_encoder("png", width=width, height=height).encode(rgb).payload)
