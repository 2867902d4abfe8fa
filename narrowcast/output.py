"""Standard output and error that may be closed, full or gone: what a program prints never ends its stream."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO, cast

_GONE = (errno.EPIPE, errno.EIO, errno.EBADF)
"The reader of a pipe has left, the window of the terminal is closed: nothing will be read any more."


def open_standard_streams() -> None:
    """Put the null device where input, output or error was closed (`>&-`): no file may take its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            _redirect_to_nothing(number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


class SteadyOutput(io.TextIOBase):
    """A text stream that loses what cannot be written; a disk that has room again is written again."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write as far as that is possible."""
        with self._losses():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush as far as that is possible."""
        with self._losses():
            self._stream.flush()

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Of the stream below."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream below."""
        return self._stream.encoding

    @contextlib.contextmanager
    def _losses(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError:
            raise
        except ValueError:  # it was closed
            pass
        except OSError as error:
            if error.errno in _GONE:
                silence(self._stream)


@contextlib.contextmanager
def steady_output() -> Iterator[None]:
    """Make standard output and error steady as long as this is entered."""
    open_standard_streams()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, SteadyOutput(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def finish_output() -> bool:
    """Flush both at the program's end; False where that failed, and then Python will not complain either."""
    whole = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            whole = False
            silence(stream)
    return whole


def silence(stream: TextIO) -> None:
    """Let a stream lead nowhere from now on, what it still holds included."""
    with contextlib.suppress(OSError, ValueError):
        _redirect_to_nothing(stream.fileno())


def _redirect_to_nothing(number: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
