"""The recording of a camera in a fabric: its frames as records, and its entry points by time.

It is read as a file of the same records would be. A place in it is the number of a message in its stream.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from typing import TypeVar

from narrowcast.fabric.connection import FabricConnection, connected
from narrowcast.fabric.packages import check_packages
from narrowcast.fabric.records import ChainCheck, FabricFrame, unpack_message
from narrowcast.fabric.stream import StoredMessage, StreamReader
from narrowcast.receiver.play.config import PlayConfig
from narrowcast.receiver.recording.payload_file import Damage, Located, PayloadFileError
from narrowcast.receiver.recording.payload_index import Entry
from narrowcast.receiver.recording.payload_records import RecordDamaged, StreamRecord
from narrowcast.runtime.fabric_address import FabricAddress, camera_of

T = TypeVar("T")

IN_FABRIC = "in the fabric"
_MAX_STEPS = 1000
"Damaged keyframes that are passed over in a search."


class FabricRecording:
    """Implements receiver/play/source.py's RecordSource, and the index of it."""

    version = 2
    header_damaged = False

    def __init__(self, runner: _Runner, reader: StreamReader) -> None:
        """Look for the first keyframe; PayloadFileError where there is none."""
        self._runner = runner
        self._reader = reader
        first = self._keyframe_from(0)
        if first is None:
            raise PayloadFileError("nothing is recorded of this camera: the fabric has no whole keyframe")
        self._origin_us = _time_of(first[1])

    @property
    def index(self) -> FabricRecording:
        """Its entry points."""
        return self

    def records(self, first_byte: int | None = None) -> Iterator[Located | Damage]:
        """Every frame from a place on, with its entry point, and what is missing between them."""
        chain, place, whole = ChainCheck(), first_byte or 0, True
        last = self._runner.run(self._reader.extent()).last  # what comes from now on is live
        while place <= last and (messages := self._runner.run(self._reader.batch(place))):
            for message in messages:
                if not self._reader.is_frame(message) or message.place > last:
                    continue
                found = _frame_or_damage(message)
                if isinstance(found, Damage):
                    chain.lose()
                    whole = False
                    yield found
                elif chain.take(found):
                    whole = True
                    yield from self._located(message, found)
                elif chain.broken and whole:
                    whole = False
                    yield _damage(message, "frames are missing")
            place = messages[-1].place + 1

    def entry_before(self, time_us: int) -> Entry | None:
        """The last entry point up to a time, or the first one; None where there is none."""
        return self._last_up_to(time_us) or self._entry_from(0)

    def entry_after(self, time_us: int) -> Entry | None:
        """The first entry point behind a time, if there is one."""
        before = self._last_up_to(time_us)
        return self._entry_from(0 if before is None else before.first_byte + 1)

    @property
    def end_us(self) -> int:
        """When the last keyframe was taken: what followed it is as good as live."""
        last = self._last_up_to(2**62)
        return 0 if last is None else last.time_us

    def _last_up_to(self, time_us: int) -> Entry | None:
        """The last entry point whose time is not behind this one, by bisection."""
        extent = self._runner.run(self._reader.extent())
        low, high, best = extent.first, extent.last + 1, None
        while low < high:
            middle = (low + high) // 2
            found = self._entry_from(middle)
            if found is None or found.first_byte >= high or found.time_us > time_us:
                high = middle
            else:
                low, best = found.first_byte + 1, found
        return best

    def _entry_from(self, place: int) -> Entry | None:
        found = self._keyframe_from(place)
        if found is None:
            return None
        message, frame = found
        assert frame.stream is not None
        time_us = _time_of(frame) - self._origin_us
        return Entry(
            first_byte=message.place, time_us=time_us, stream=replace(frame.stream, time_us=max(0, time_us))
        )

    def _keyframe_from(self, place: int) -> tuple[StoredMessage, FabricFrame] | None:
        """The first whole keyframe at a place or behind it."""
        for _ in range(_MAX_STEPS):
            message = self._runner.run(self._reader.keyframe_from(place))
            if message is None:
                return None
            frame = _frame_or_damage(message)
            if isinstance(frame, FabricFrame) and frame.keyframe:
                return message, frame
            place = message.place + 1
        return None

    def _located(self, message: StoredMessage, found: FabricFrame) -> Iterator[Located]:
        """The records of a message, their times counted from the first frame on."""
        time_us = max(0, _time_of(found) - self._origin_us)
        first, end = message.place, message.place + 1
        if found.stream is not None:
            stream: StreamRecord = replace(found.stream, time_us=time_us)
            yield Located(record=stream, first_byte=first, end_byte=end)
        yield Located(record=replace(found.frame, time_us=time_us), first_byte=first, end_byte=end)


class _Runner:
    """A loop in a thread of its own: it answers the server while the player shows a picture."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fabric", daemon=True)
        self._thread.start()

    def run(self, job: Coroutine[object, object, T]) -> T:
        """Run it in the loop; returns what it returns."""
        return asyncio.run_coroutine_threadsafe(job, self._loop).result()

    def close(self) -> None:
        """End the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def open_recording(config: PlayConfig) -> Iterator[FabricRecording]:
    """Open what a fabric has recorded of the camera that is named; FabricError, PayloadFileError."""
    check_packages()
    camera = camera_of(str(config.file))
    runner, stack = _Runner(), AsyncExitStack()
    try:
        connection = runner.run(_connect(stack, config.server, camera))
        yield FabricRecording(runner, StreamReader(connection, camera))
    finally:
        runner.run(stack.aclose())
        runner.close()


async def _connect(stack: AsyncExitStack, server: FabricAddress, camera: str) -> FabricConnection:
    return await stack.enter_async_context(connected(server, f"replay of {camera}"))


def _frame_or_damage(message: StoredMessage) -> FabricFrame | Damage:
    try:
        return unpack_message(message.data)
    except RecordDamaged as error:
        return _damage(message, error.text)


def _damage(message: StoredMessage, reason: str) -> Damage:
    return Damage(first_byte=message.place, end_byte=message.place, reason=reason, where=IN_FABRIC)


def _time_of(frame: FabricFrame) -> int:
    return frame.frame.time_us or 0
