"""Send pictures that a program makes: `with Sender(url, size=(640, 360)) as out: out.send(rgb)`."""

from __future__ import annotations

import time
import weakref
from types import TracebackType

from codec.names import Device
from narrowcast.errors import StreamError
from protocol import SenderStatistics
from runtime.background import Background
from runtime.clock import now_us
from runtime.log_reporter import LogReporter
from runtime.signals import StopSignal
from sender.__main__ import expected_errors
from sender.config import Fit, SenderConfig
from sender.pipeline import SenderPipeline
from sender.sources.fit import Picture
from sender.sources.pushed_source import PUSHED_FPS, PushedSource

_SOURCE = "push://"
"A live source in the eyes of the pipeline: it goes on without receivers."
_LOOK_S = 0.01
"Between two looks for a receiver."
_END_S = 5.0
"The last picture on its way to a slow receiver, and the goodbye."


class Sender:
    """A stream of your own pictures. It codes, sends and answers receivers in threads of its own."""

    def __init__(
        self,
        url: str = SenderConfig.url,
        *,
        size: tuple[int, int] = SenderConfig.size,
        codec: str = SenderConfig.codec,
        fps: float = PUSHED_FPS,
        quality: float = SenderConfig.quality,
        max_kbps: float = SenderConfig.max_kbps,
        connect: bool = not SenderConfig.bind,
        insecure: bool = SenderConfig.insecure,
        secure: bool = SenderConfig.secure,
        advertise: str | None = SenderConfig.advertise,
        fit: Fit = SenderConfig.fit,
        device: Device = SenderConfig.device,
        threads: int | None = SenderConfig.threads,
        max_receivers: int = SenderConfig.max_receivers,
        name: str = SenderConfig.name,
    ) -> None:
        """Listen (or connect) and make the codec ready, which takes a second or two.

        Args:
            url: where to listen: tcp://*:PORT; or the receiver's address, to connect.
            size: width and height of the stream.
            codec: name of the codec; a wrong one is told with those that there are.
            fps: the pace at which you mean to send, for the receivers to know.
            quality: 0 (fewest bits) to 1 (best picture).
            max_kbps: cap on the bitrate; 0 for none.
            connect: connect to a receiver that listens at `url`.
            insecure: no keys, wherever the address leads.
            secure: keys even where only this machine can connect.
            advertise: host (and port) that the other machine reaches us at.
            fit: how pictures of another shape are brought to the size.
            device: where the codec's networks run.
            threads: CPU threads of the codec.
            max_receivers: one more is turned away.
            name: what receivers call the stream.

        Raises ValueError for a setting out of its range, StreamError where the stream cannot begin.
        """
        config = SenderConfig(
            source=_SOURCE,
            url=url,
            bind=not connect,
            insecure=insecure,
            secure=secure,
            advertise=advertise,
            codec=codec,
            size=size,
            fit=fit,
            fps=fps,
            quality=quality,
            max_kbps=max_kbps,
            device=device,
            threads=threads,
            max_receivers=max_receivers,
            name=name,
        )
        self._source = source = PushedSource(config)
        self._reporter: LogReporter[SenderStatistics] = LogReporter()
        stop = StopSignal()
        self._background = Background("sender", stop)
        self._pipeline = SenderPipeline(
            config, self._reporter, stop, lambda _: source, on_ready=self._background.ready
        )
        # The thread does not hold this object: what nobody holds ends, and so does all at the program's end.
        self._finalizer = weakref.finalize(self, _end, source, self._background)
        self._background.start(self._pipeline.run, expected_errors)

    @property
    def url(self) -> str:
        """What a receiver gives to connect, key included; empty where this side connects."""
        return self._reporter.url

    @property
    def receivers(self) -> int:
        """How many are watching now."""
        return self._pipeline.receivers

    @property
    def statistics(self) -> SenderStatistics | None:
        """The last second's figures; None before the first receiver has been there for one."""
        return self._reporter.latest

    def wait_for_receiver(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody watches; False when the time is over."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.receivers:
            self._background.check()
            if deadline_s is not None and time.monotonic() >= deadline_s:
                return False
            time.sleep(_LOOK_S)
        return True

    def send(self, rgb: Picture, capture_us: int | None = None) -> None:
        """Give the newest picture: uint8 [H, W, 3], RGB, copied at once. Never waits for the link.

        A picture that no receiver could take when the next one comes is left out. `capture_us` is when it
        was taken, on the monotonic clock (time.monotonic); None is now.
        """
        self._background.check()
        if self._background.ended:
            raise StreamError("the sender is closed; make a new one")
        self._source.push(rgb, now_us() if capture_us is None else capture_us)

    def close(self) -> None:
        """Send the last picture, say goodbye, end the stream; harmless a second time."""
        self._finalizer()

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _end(source: PushedSource, background: Background) -> None:
    """Let the stream end as one whose source has ended, and stop it if that takes too long."""
    source.close()
    background.join(_END_S)
    background.close()
