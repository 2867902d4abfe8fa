"""The Python API of a receiver for asyncio: `async for frame in areceive(url)`."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable
from typing import ParamSpec

from narrowcast.receiver.frame import Frame
from narrowcast.receiver.stream import FrameStream, receive

P = ParamSpec("P")


class AsyncFrameStream(AsyncIterator[Frame]):
    """Frames as they come, the newest first; the event loop is never blocked. Begins with the first frame."""

    def __init__(self, open_stream: Callable[[], FrameStream]) -> None:
        self._open_stream = open_stream
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
                await asyncio.wait_for(self._changed.wait(), stream.timeout_s)
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

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _opened(self) -> FrameStream:
        """The stream, opened at first use: loading the codec takes a second that the loop must not wait."""
        if self._stream is None:
            self._stream = await asyncio.to_thread(self._open_stream)
            # The receiver's threads hold what listens, so it must not hold this object: nobody else might.
            self._stream.newest.listen(functools.partial(_tell, asyncio.get_running_loop(), self._changed))
        return self._stream


def _tell(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(changed.set)


def _in_asyncio(open_stream: Callable[P, FrameStream]) -> Callable[P, AsyncFrameStream]:
    """Make of a function that opens a stream one of the same arguments that opens it at the first frame."""
    signature = inspect.signature(open_stream)

    def open_later(*args: P.args, **kwargs: P.kwargs) -> AsyncFrameStream:
        """Receive a stream in asyncio; arguments and errors as for `receive`, raised at the first frame."""
        signature.bind(*args, **kwargs)  # a wrong argument is an error at once
        return AsyncFrameStream(functools.partial(open_stream, *args, **kwargs))

    open_later.__name__ = open_later.__qualname__ = "areceive"
    open_later.__signature__ = signature.replace(return_annotation="AsyncFrameStream")  # type: ignore[attr-defined]
    return open_later


areceive = _in_asyncio(receive)
