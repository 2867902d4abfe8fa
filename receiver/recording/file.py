"""Files that are recorded to: never one that is there already; unbuffered, cut back after a failed write."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import stat
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from av.error import FFmpegError

from narrowcast.errors import OutputError, Remedy

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
"The name of a stream comes from the sender: nothing in it may lead out of the folder."

_WAIT_S = 0.05
"Between two looks whether a pipe has a reader, and for how long its reader is waited for at a time."

_PLAIN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_PIPE_FLAGS = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class RecordError(OutputError):
    """The recording cannot be written; the text says what is wrong and how to fix it."""

    @property
    def errno(self) -> int | None:
        """Of the system's error behind it; None where there is none."""
        return getattr(self.__cause__, "errno", None)


class FileExistsAlready(RecordError):
    """There is a file of this name, and it is kept."""

    def __init__(self, path: Path) -> None:
        """Say so."""
        super().__init__(
            f"{path} exists already and is kept; choose another name",
            remedy=Remedy(setting="overwrite", when="to replace it"),
        )


class RecordingFile:
    """A file or a pipe, written without a buffer: what was written outlives a killed program."""

    def __init__(self, path: Path, *, overwrite: bool = False, abandoned: Callable[[], bool] = bool) -> None:
        """Create the file, or open the pipe or device that is there; OSError where that is not possible.

        Args:
            path: of the file; FileExistsError where there is one.
            overwrite: empty the one that is there instead.
            abandoned: whether the recording is not waited for any longer; asked while a pipe blocks.
        """
        self._path = path
        self._abandoned = abandoned
        self._created = False
        self._whole_bytes = self.bytes_written = 0
        self._given_up = False
        self._pipe = is_pipe(path)
        if not self._pipe:
            exists = path.exists()
            self._file = os.open(path, _PLAIN_FLAGS | (os.O_TRUNC if overwrite else os.O_EXCL), 0o666)
            self._created = not (overwrite and exists)
        else:
            self._file = self._open_pipe()
        opened = os.fstat(self._file)
        self._identity = opened.st_dev, opened.st_ino

    def write(self, data: bytes) -> int:
        """Write all of `data`, or raise; nothing after give_up(): a muxer may clean up as it likes."""
        view = memoryview(data)
        while view and not self._given_up:
            try:
                view = view[os.write(self._file, view) :]
            except BlockingIOError:  # a pipe whose reader does not keep up
                if self._abandoned():
                    raise TimeoutError(errno.ETIMEDOUT, "its reader takes nothing") from None
                select.select([], [self._file], [], _WAIT_S)
            except BrokenPipeError as error:
                raise BrokenPipeError(errno.EPIPE, "its reader has gone") from error
        self.bytes_written += len(data)
        return len(data)

    def seekable(self) -> bool:
        """Whether places can be written again."""
        return not self._pipe

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position in the file."""
        return offset if self._given_up else os.lseek(self._file, offset, whence)

    def tell(self) -> int:
        """The position in the file."""
        return 0 if self._given_up else os.lseek(self._file, 0, os.SEEK_CUR)

    def keep(self) -> None:
        """Mark everything up to the end of the file as whole."""
        self._whole_bytes = os.fstat(self._file).st_size

    def give_up(self) -> None:
        """Cut off what is not whole and write nothing from now on; a pipe cannot be cut off and is left."""
        if self._given_up:
            return
        with contextlib.suppress(OSError):  # no ordinary file; there is nothing to cut
            os.ftruncate(self._file, self._whole_bytes)
        self.close()

    def discard(self) -> None:
        """Close and remove the file, where this object has created it and it is still in its place."""
        self.close()
        with contextlib.suppress(OSError):  # it has been removed already
            there = self._path.lstat()
            if self._created and (there.st_dev, there.st_ino) == self._identity:
                self._path.unlink()

    def close(self) -> None:
        """Close the file as it is; harmless a second time."""
        if not self._given_up:
            self._given_up = True
            os.close(self._file)

    def _open_pipe(self) -> int:
        while True:
            try:
                return os.open(self._path, _PIPE_FLAGS)
            except OSError as error:
                if error.errno != errno.ENXIO or self._abandoned():  # ENXIO: nobody reads it yet
                    raise
            time.sleep(_WAIT_S)


def is_pipe(path: Path) -> bool:
    """Whether there is a named pipe or a device, which is written to as it is."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def check_new(path: Path, *, overwrite: bool) -> None:
    """Raise RecordError where a file of this name could not be created, or exists already."""
    if not path.parent.is_dir():
        raise RecordError(f"cannot record to {path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise RecordError(f"cannot record to {path}: is a directory; choose another name or folder")
    if os.path.lexists(path) and not overwrite and not is_pipe(path):
        raise FileExistsAlready(path)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise RecordError(f"cannot record to {path}: permission denied; choose another name or folder")


def create_file(
    path: Path, *, overwrite: bool = False, abandoned: Callable[[], bool] = bool
) -> RecordingFile:
    """Create a file; RecordError says what is wrong with its name. See RecordingFile for the arguments."""
    check_new(path, overwrite=overwrite)
    try:
        return RecordingFile(path, overwrite=overwrite, abandoned=abandoned)
    except FileExistsError as error:  # made since it was looked for
        raise FileExistsAlready(path) from error
    except OSError as error:
        what = "nobody reads it" if error.errno == errno.ENXIO else reason(error)
        raise RecordError(f"cannot record to {path}: {what}; choose another name or folder") from error


def free_name(path: Path) -> Path:
    """The path, or the first of NAME-2, NAME-3 and so on that does not exist."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def write_error(path: Path, error: OSError | FFmpegError) -> RecordError:
    """What to tell where a write has failed; raise it from the error."""
    ask = "" if error.errno in (errno.EPIPE, errno.ETIMEDOUT) else "; is the disk full?"
    return RecordError(f"cannot write to {path}: {reason(error)}{ask}")


def reason(error: OSError | FFmpegError) -> str:
    """What went wrong, in a few words."""
    return (error.strerror or type(error).__name__).lower()


def saved_name(stream: str, suffix: str, *, now: datetime) -> str:
    """Name of a file that a key or a button makes; `stream` is what the sender calls it, or empty.

    As in narrowcast-front-20260131-235959-123456.png.
    """
    label = _UNSAFE.sub("_", stream) + "-" if stream else ""
    return f"narrowcast-{label}{now:%Y%m%d-%H%M%S-%f}{suffix}"
