"""Pictures written to a folder as PNG files, off the hot path."""

from __future__ import annotations

import logging
from pathlib import Path

from narrowcast import codec
from narrowcast.errors import OutputError
from narrowcast.worker import QueueWorker

_log = logging.getLogger(__name__)

_MAX_WAITING = 64
"Pictures that wait to be written (64 of 640x360 are 44 MB); more are left out, rather than slow the stream."

_CLOSE_TIMEOUT_S = 5.0
"For the pictures that still wait at the end, about a second's work; a disk that hangs must not keep us."


class PictureFolderError(OutputError):
    """The folder for pictures cannot be used."""


class PictureFolder:
    """Writes pictures as `<name>.png` into a folder, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left_out = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PictureFolderError(
                f"cannot make the folder {folder}: {error.strerror}; name another"
            ) from error
        self._worker = QueueWorker[tuple[str, codec.Rgb]]("pictures", self._write_all, capacity=_MAX_WAITING)
        self._worker.start()

    @property
    def left_out(self) -> int:
        """Pictures that were not written because the disk was too slow or full."""
        return self._left_out + self._worker.dropped

    def add(self, name: str, rgb: codec.Rgb) -> None:
        """Write `rgb` soon; it must not be changed afterwards."""
        if not self._worker.put((name, rgb), timeout_s=0):
            self._left_out += 1

    def close(self, timeout_s: float = _CLOSE_TIMEOUT_S) -> None:
        """Write what waits, for at most this time, and end; what is not written then counts as left out."""
        if not self._worker.close(timeout_s):
            _log.warning(
                "cannot write into %s in time: %d pictures are left out", self._folder, self.left_out
            )

    def _write_all(self) -> None:
        while (item := self._worker.get()) is not None:
            name, rgb = item
            try:
                write_png(self._folder / f"{name}.png", rgb)
            except OSError as error:
                self._left_out += 1
                _log.warning("cannot write %s.png into %s: %s", name, self._folder, error.strerror)


def write_png(path: Path, rgb: codec.Rgb, *, overwrite: bool = False) -> None:
    """Write one picture; FileExistsError where there is a file, which is kept unless `overwrite`."""
    height, width = rgb.shape[:2]
    png = codec.create_encoder("png", width=width, height=height).encode(rgb).payload
    with path.open("wb" if overwrite else "xb") as file:
        file.write(png)
