"""Standard input or a named pipe as a file that can be given up while it waits."""

from __future__ import annotations

import os
import select
from types import TracebackType

from narrowcast.errors import SourceError
from narrowcast.sender.sources.source_clock import Clock

STANDARD_INPUT = "-"
_LOOK_S = 0.2
"Between two looks at whether the source was closed."


class PipeFile:
    """A readable file for PyAV, opened once; closing the source's clock ends every wait."""

    def __init__(self, address: str, clock: Clock) -> None:
        """Open it, without waiting for a writer; SourceError where that is not possible."""
        self._clock = clock
        self._written = False
        try:
            # A pipe without a writer would hold open() up: O_NONBLOCK does not wait.
            self._descriptor = (
                os.dup(0) if address == STANDARD_INPUT else os.open(address, os.O_RDONLY | os.O_NONBLOCK)
            )
        except OSError as error:
            raise SourceError(f"cannot open {address}: {(error.strerror or str(error)).lower()}") from error

    def read(self, size: int) -> bytes:
        """Wait for up to `size` bytes; empty at the end, and when the source was closed."""
        while not self._clock.stopped:
            ready, _, _ = select.select([self._descriptor], [], [], _LOOK_S)
            if not ready:
                continue
            try:
                data = os.read(self._descriptor, size)
            except BlockingIOError:
                continue
            if data or self._written:
                self._written = True
                return data
            self._clock.wait_until(self._clock.now_us() + round(_LOOK_S * 1e6))  # nobody writes yet
        return b""

    def close(self) -> None:
        """Close it; harmless a second time."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> PipeFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
