"""The Python API of a receiver for asyncio: `async for frame in areceive(url)`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType

from codec.names import Device, Restore
from receiver.config import ReceiverConfig
from receiver.frame import Frame
from receiver.stream import FrameStream, receive


class AsyncFrameStream(AsyncIterator[Frame]):
    """Frames as they come, the newest first; the event loop is never blocked. Begins with the first frame."""

    def __init__(self, open_stream: Callable[[], FrameStream], *, timeout_s: float | None) -> None:
        self._open_stream = open_stream
        self._timeout_s = timeout_s
        self._stream: FrameStream | None = None
        self._changed = asyncio.Event()

    async def __anext__(self) -> Frame:
        stream = await self._opened()
        while True:
            self._changed.clear()
            frame = stream.newest.take()
            if frame is not None:
                return frame
            if stream.ended():
                raise StopAsyncIteration
            try:
                await asyncio.wait_for(self._changed.wait(), self._timeout_s)
            except (TimeoutError, asyncio.TimeoutError):
                raise stream.no_frame() from None

    def __aiter__(self) -> AsyncFrameStream:
        return self

    async def aclose(self) -> None:
        """Send a BYE and finish the recording; harmless a second time."""
        if self._stream is not None:
            await asyncio.to_thread(self._stream.close)

    async def __aenter__(self) -> AsyncFrameStream:
        await self._opened()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _opened(self) -> FrameStream:
        """The stream, opened at first use: loading the codec takes a second that the loop must not wait."""
        if self._stream is None:
            self._stream = await asyncio.to_thread(self._open_stream)
            loop = asyncio.get_running_loop()
            self._stream.newest.listen(lambda: _tell(loop, self._changed))
        return self._stream


def _tell(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(changed.set)


def areceive(
    url: str,
    *,
    listen: bool = ReceiverConfig.bind,
    insecure: bool = ReceiverConfig.insecure,
    secure: bool = ReceiverConfig.secure,
    advertise: str | None = ReceiverConfig.advertise,
    until_end: bool = ReceiverConfig.until_end,
    timeout_s: float | None = None,
    record: str | Path | None = ReceiverConfig.record,
    device: Device = ReceiverConfig.device,
    threads: int | None = ReceiverConfig.threads,
    restore: Restore = ReceiverConfig.restore,
) -> AsyncFrameStream:
    """Receive a stream in asyncio; arguments and errors as for `receive`, raised at the first frame."""

    def open_stream() -> FrameStream:
        return receive(
            url,
            listen=listen,
            insecure=insecure,
            secure=secure,
            advertise=advertise,
            until_end=until_end,
            timeout_s=timeout_s,
            record=record,
            device=device,
            threads=threads,
            restore=restore,
        )

    return AsyncFrameStream(open_stream, timeout_s=timeout_s)
