"""Bytes that passed a link over time: counters, sampled, and the rates in between."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from narrowcast.benchmark.network.namespaces import DEVICE, Namespace
from narrowcast.runtime.clock import now_us
from narrowcast.worker import Worker

DEVICES_FILE = Path("/proc/thread-self/net/dev")
"""The counters of every device in the namespace of the thread that reads."""
_RECEIVED, _SENT = 0, 8
"The columns of bytes behind the device's name."


@dataclass(frozen=True, kw_only=True)
class WireSample:
    """The counters at one moment."""

    at_us: int
    "our clock"
    sent_bytes: int
    "since the link was made; the kernel counts Ethernet headers too"
    received_bytes: int
    "since the link was made, counted in the same way"


@dataclass(frozen=True, kw_only=True)
class PassedBytes:
    """What passed between two times."""

    sent_bytes: float
    "by the end that is counted"
    received_bytes: float
    "by the same end"


class WireTrace:
    """Samples in order of time, and the rates in between."""

    def __init__(self, samples: Sequence[WireSample]) -> None:
        self.samples = tuple(samples)
        self._times_us = [sample.at_us for sample in self.samples]

    def sent_kbps(self, from_us: int, to_us: int) -> float | None:
        """The mean rate sent between two times; None where there are not two samples in between."""
        return mean_sent_kbps(self._between(from_us, to_us))

    def passed(self, from_us: int, to_us: int) -> PassedBytes | None:
        """What passed between two times, interpolated between samples; None where nothing was sampled."""
        if not self.samples:
            return None
        sent, received = (
            [float(getattr(sample, name)) for sample in self.samples]
            for name in ("sent_bytes", "received_bytes")
        )
        sent_at, received_at = (np.interp((from_us, to_us), self._times_us, way) for way in (sent, received))
        return PassedBytes(
            sent_bytes=float(sent_at[1] - sent_at[0]),
            received_bytes=float(received_at[1] - received_at[0]),
        )

    def _between(self, from_us: int, to_us: int) -> Sequence[WireSample]:
        return self.samples[bisect_left(self._times_us, from_us) : bisect_left(self._times_us, to_us)]


def mean_sent_kbps(samples: Sequence[WireSample]) -> float | None:
    """The mean rate sent from the first sample to the last; None where there are not two."""
    if len(samples) < 2 or samples[-1].at_us <= samples[0].at_us:
        return None
    sent_bytes = samples[-1].sent_bytes - samples[0].sent_bytes
    return 8e3 * sent_bytes / (samples[-1].at_us - samples[0].at_us)


class ByteCounter:
    """Samples counters in a thread of its own, while entered."""

    def __init__(
        self,
        read: Callable[[], WireSample],
        *,
        begin: Callable[[], None] = lambda: None,
        interval_s: float = 0.05,
    ) -> None:
        """Make ready; `begin` runs first in the thread that will `read`."""
        self._read, self._begin = read, begin
        self._interval_s = interval_s
        self._samples: list[WireSample] = []
        self._begun = threading.Event()
        self._worker = Worker("byte counter", self._run)

    @property
    def trace(self) -> WireTrace:
        """Everything counted so far; after the block, up to its end."""
        self._worker.check()
        return WireTrace(list(self._samples))

    def __enter__(self) -> ByteCounter:
        self._worker.start()
        self._begun.wait()
        self._worker.check()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.close()

    def _run(self) -> None:
        try:
            self._begin()
            self._samples.append(self._read())
        finally:
            self._begun.set()
        while not self._worker.wait_closing(self._interval_s):
            self._samples.append(self._read())
        self._samples.append(self._read())


class WireCounter(ByteCounter):
    """Counts at a namespace's end of the link, as the kernel does."""

    def __init__(self, namespace: Namespace, *, interval_s: float = 0.05) -> None:
        super().__init__(read_counters, begin=namespace.enter_thread, interval_s=interval_s)


def read_counters() -> WireSample:
    """Read the link's counters in the namespace of the calling thread."""
    for line in DEVICES_FILE.read_text(encoding="ascii").splitlines():
        name, colon, counts = line.partition(":")
        if colon and name.strip() == DEVICE:
            columns = counts.split()
            return WireSample(
                at_us=now_us(), sent_bytes=int(columns[_SENT]), received_bytes=int(columns[_RECEIVED])
            )
    raise OSError(f"there is no device {DEVICE} in this namespace")
