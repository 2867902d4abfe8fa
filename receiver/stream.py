"""The Python API of a receiver: `for frame in receive(url)` loops over the newest frames."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from narrowcast.codec.names import Device, OwnProcess, Restore
from narrowcast.errors import StreamError
from narrowcast.protocol import ReceiverStatistics
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import Frame, NewestFrame
from narrowcast.receiver.pipeline import ReceiverPipeline
from narrowcast.runtime.background import Background
from narrowcast.runtime.reporting import LogReporter
from narrowcast.runtime.signals import StopSignal

_SLICE_S = 0.2
"A long wait is a row of short ones: on Windows Ctrl-C has an effect only between two."


class NoFrameError(StreamError, TimeoutError):
    """No frame came in the time that was allowed."""


class FrameStream(Iterator[Frame]):
    """Frames as they come, the newest first: whoever is slow gets fewer, never older ones.

    It is received, decoded and recorded in threads of its own. A sender that goes away and comes back is
    waited for. The stream ends when it is closed, when nobody holds it any more (as after a `break`), or
    where it was told so at its sender's end.
    """

    def __init__(self, config: ReceiverConfig, *, timeout_s: float | None = None) -> None:
        """Begin to receive; StreamError where the address, the key or the recording cannot be used."""
        self._url = config.address
        self.timeout_s = timeout_s
        "the longest wait for a frame in a loop; None for no limit"
        self._newest = NewestFrame()
        self._reporter: LogReporter[ReceiverStatistics] = LogReporter()
        stop = StopSignal()
        self._background = Background("receiver", stop, self._newest.wake)
        pipeline = ReceiverPipeline(
            config, self._reporter, stop, on_shown=self._newest.put, on_ready=self._background.ready
        )
        # The threads do not hold this object: one that nobody holds ends them, and so does the program's end.
        self._finalizer = weakref.finalize(self, self._background.close)
        self._background.start(pipeline.run)

    @property
    def url(self) -> str:
        """Where it listens, key included, for a sender to connect to; empty where it connects."""
        return self._reporter.url

    @property
    def statistics(self) -> ReceiverStatistics | None:
        """The last second's figures; None before the first is over."""
        return self._reporter.latest

    @property
    def passed_over(self) -> int:
        """Frames that came and were replaced by newer ones before they were taken."""
        return self._newest.passed_over

    @property
    def newest(self) -> NewestFrame:
        """The buffer that the frames come into, for another kind of loop."""
        return self._newest

    def read(self, timeout_s: float | None = None) -> Frame | None:
        """Wait for the next frame; None when the time is over or the stream has ended."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while (frame := self._newest.take()) is None:
            if self.ended():
                return None
            left_s = _SLICE_S if deadline_s is None else deadline_s - time.monotonic()
            if left_s <= 0:
                return None
            self._newest.wait(min(left_s, _SLICE_S))
        return frame

    def ended(self) -> bool:
        """Whether no frame will come any more; raises what ended it, if that was an error."""
        self._background.check()
        return self._background.ended

    def no_frame(self) -> NoFrameError:
        """The error to raise where no frame came in time."""
        return NoFrameError(
            f"no frame for {self.timeout_s:g} s from {self._url or self.url}; is the sender running, "
            "and is its address whole?"
        )

    def __iter__(self) -> FrameStream:
        return self

    def __next__(self) -> Frame:
        frame = self.read(self.timeout_s)
        if frame is not None:
            return frame
        if not self.ended():
            raise self.no_frame()
        raise StopIteration

    def close(self) -> None:
        """Send a BYE and finish the recording; harmless a second time."""
        self._finalizer()
        self._newest.take()

    def __enter__(self) -> FrameStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def receive(
    url: str,
    *,
    listen: bool = ReceiverConfig.bind,
    insecure: bool = ReceiverConfig.insecure,
    secure: bool = ReceiverConfig.secure,
    advertise: str | None = ReceiverConfig.advertise,
    until_end: bool = ReceiverConfig.until_end,
    timeout_s: float | None = None,
    record: str | Path | None = ReceiverConfig.record,
    overwrite: bool = ReceiverConfig.overwrite,
    device: Device = ReceiverConfig.device,
    threads: int | None = ReceiverConfig.threads,
    restore: Restore = ReceiverConfig.restore,
    max_kbps: float = ReceiverConfig.max_kbps,
    max_fps: float = ReceiverConfig.max_fps,
    decoder_process: OwnProcess = ReceiverConfig.decoder_process,
    fabric: str = ReceiverConfig.fabric,
    fabric_insecure: bool = ReceiverConfig.fabric_insecure,
) -> FrameStream:
    """Receive a stream: `for frame in receive(url)` gives the newest frame, each time round.

    Args:
        url, listen: as the sender prints it, or fabric:CAMERA; wait there for a sender that connects.
        insecure, secure, advertise: no keys; keys even on loopback; host that the other side reaches us at.
        until_end, timeout_s: end with the sender's stream; NoFrameError where none comes for so long.
        record, overwrite: a file to record to as well; replace it where it exists, which else is an error.
        device, threads: where the codec's networks run; CPU threads of the codec.
        restore: when hybrid's generator paints; auto: where it keeps up with the stream.
        max_kbps, max_fps: ask the sender for no more; 0: no limit. It goes by the receiver that wants most.
        decoder_process: auto: decode in a process that may do nothing else; never: in this one.
        fabric, fabric_insecure: server of fabric:CAMERA; it may be another machine without encryption.

    Raises ValueError for a setting out of its range, StreamError where the stream cannot begin or go on.
    """
    config = ReceiverConfig(url=url, bind=listen, window=False, until_end=until_end, overwrite=overwrite)
    config = replace(config, insecure=insecure, secure=secure, advertise=advertise)
    config = replace(config, record=None if record is None else Path(record), restore=restore)
    config = replace(config, device=device, threads=threads, decoder_process=decoder_process)
    config = replace(
        config, max_kbps=max_kbps, max_fps=max_fps, fabric=fabric, fabric_insecure=fabric_insecure
    )
    return FrameStream(config, timeout_s=timeout_s)
