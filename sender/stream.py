"""The Python API of a sender: `with Sender(url, size=(640, 360)) as out: out.send(rgb)`."""

from __future__ import annotations

import time
import weakref
from types import TracebackType

from narrowcast.codec.names import Device, Entropy
from narrowcast.errors import StreamError
from narrowcast.protocol import SenderStatistics
from narrowcast.runtime.background import Background
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.reporting import LogReporter
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.config import Fit, SenderConfig
from narrowcast.sender.pipeline import SenderPipeline
from narrowcast.sender.running_sender import RunningSender
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.pushed_source import PUSHED_FPS, PushedSource
from narrowcast.sender.sources.spec import PUSHED

_LOOK_S = 0.01
"Between two looks for a receiver."
_END_S = 5.0
"The last picture on its way to a slow receiver, and the goodbye."


class _PushedStream:
    """The threads of one stream. They hold no Sender, so that one that nobody else holds ends."""

    def __init__(self, config: SenderConfig) -> None:
        self.source = PushedSource(config)
        self.reporter: LogReporter[SenderStatistics] = LogReporter()
        self._running: list[RunningSender] = []
        stop = StopSignal()
        self.background = Background("sender", stop)
        self._pipeline = SenderPipeline(
            config, self.reporter, stop, lambda spec, config: self.source, on_ready=self._ready
        )

    def start(self) -> None:
        """Make everything ready; StreamError where that is not possible."""
        self.background.start(self._pipeline.run)

    @property
    def receivers(self) -> int:
        """How many are watching now."""
        return sum(sender.receivers for sender in self._running)

    def end(self) -> None:
        """End as a stream whose source has ended, and stop it if that takes too long."""
        self.source.close()
        self.background.join(_END_S)
        self.background.close()

    def _ready(self, sender: RunningSender) -> None:
        self._running.append(sender)
        self.background.ready()


class Sender:
    """A stream of your own pictures. It codes, sends and answers receivers in threads of its own.

    Args:
        url: where to listen: tcp://*:PORT; or the receiver's address, to connect.
        size: width and height of the stream.
        codec: name of the codec; a wrong one is told with those that there are.
        entropy: what codes the symbols of the codec gan: range, huffman or lzw.
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
    """

    def __init__(
        self,
        url: str = SenderConfig.url,
        *,
        size: tuple[int, int] = SenderConfig.size,
        codec: str = SenderConfig.codec,
        entropy: Entropy = SenderConfig.entropy,
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

        Raises ValueError for a setting out of its range, StreamError where the stream cannot begin.
        """
        config = SenderConfig(
            source=PUSHED,
            url=url,
            bind=not connect,
            insecure=insecure,
            secure=secure,
            advertise=advertise,
            codec=codec,
            entropy=entropy,
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
        self._stream = _PushedStream(config)
        # What nobody holds any more ends, and so does all at the program's end.
        self._finalizer = weakref.finalize(self, self._stream.end)
        self._stream.start()

    @property
    def url(self) -> str:
        """What a receiver gives to connect, key included; empty where this side connects."""
        return self._stream.reporter.url

    @property
    def receivers(self) -> int:
        """How many are watching now."""
        return self._stream.receivers

    @property
    def statistics(self) -> SenderStatistics | None:
        """The last second's figures; None before the first receiver has been there for one."""
        return self._stream.reporter.latest

    def wait_for_receiver(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody watches; False when the time is over."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.receivers:
            self._stream.background.check()
            if deadline_s is not None and time.monotonic() >= deadline_s:
                return False
            time.sleep(_LOOK_S)
        return True

    def send(self, rgb: Picture, capture_us: int | None = None) -> None:
        """Give the newest picture: uint8 [H, W, 3], RGB, copied at once. Never waits for the link.

        A picture that no receiver could take when the next one comes is left out. `capture_us` is when it
        was taken, on the monotonic clock (time.monotonic); None is now.
        """
        self._stream.background.check()
        if self._stream.background.ended:
            raise StreamError("the sender is closed; make a new one")
        self._stream.source.push(rgb, now_us() if capture_us is None else capture_us)

    def close(self) -> None:
        """Send the last picture, say goodbye, end the stream; harmless a second time."""
        self._finalizer()

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
