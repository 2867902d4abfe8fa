"""Seals segments of what a fabric has recorded, again and again, until it is stopped."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from narrowcast.errors import FabricError, NarrowcastError
from narrowcast.fabric.archive.config import ArchiveConfig
from narrowcast.fabric.archive.segments import US, due_segments
from narrowcast.fabric.archive.target import SegmentTarget, open_target
from narrowcast.fabric.camera_names import camera_names
from narrowcast.fabric.connection import connected
from narrowcast.fabric.replay.recording import open_recording
from narrowcast.receiver.play.config import PlayConfig, Span
from narrowcast.receiver.play.cut import cut
from narrowcast.receiver.play.source import RecordSource
from narrowcast.receiver.recording.payload_file import PayloadFileError
from narrowcast.runtime.fabric_address import address_of
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.runtime.signals import StopSignal

LOOK_S = 10.0
"Between two looks for segments that are due."
_STEP_S = 0.1


class Archive:
    """Seals each segment once; what is there already is never touched."""

    def __init__(self, config: ArchiveConfig, tell: Callable[[Notice], None], stop: StopSignal) -> None:
        """Make ready; ArchiveError where the target cannot be used."""
        self._config, self._tell, self._stop = config, tell, stop
        self._target: SegmentTarget = open_target(config.target)
        self._told = ""
        self._empty: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Run until a stop is asked for, or once."""
        every = f"{self._config.every / 60:g} min"
        self._tell(Notice(f"sealing segments of {every} to {self._target.label}"))
        with self._stop:
            while not self._stop.requested:
                sealed = self._look()
                if self._config.once:
                    self._tell(Notice(f"{sealed} segments sealed"))
                    return
                deadline_s = time.monotonic() + LOOK_S
                while not self._stop.requested and time.monotonic() < deadline_s:
                    time.sleep(_STEP_S)

    def _look(self) -> int:
        """Seal what is due; returns how many segments. What goes wrong is told and tried again."""
        sealed = 0
        try:
            for camera in list(self._config.camera) or asyncio.run(self._names()):
                sealed += self._seal_camera(camera)
                if self._stop.requested:
                    break
        except NarrowcastError as error:
            if self._config.once:
                raise
            self._say(f"{error.on_command_line()} (still trying)")
        return sealed

    async def _names(self) -> list[str]:
        async with connected(self._config.server, "archive") as connection:
            return await camera_names(connection)

    def _seal_camera(self, camera: str) -> int:
        config = PlayConfig(
            file=Path(address_of(camera)),
            fabric=self._config.fabric,
            fabric_insecure=self._config.fabric_insecure,
        )
        sealed = 0
        try:
            with open_recording(config) as source:
                begun_us = _begun_us(source)
                due = due_segments(
                    begun_us,
                    time.time_ns() // 1000,
                    round(self._config.every * US),
                    self._target.names(camera),
                )
                for segment in due:
                    if self._stop.requested or (camera, segment.name) in self._empty:
                        continue
                    span = Span(from_us=max(0, segment.begin_us - begun_us), to_us=segment.end_us - begun_us)
                    sealed += self._seal(source, span, camera, segment.name)
        except PayloadFileError:
            return sealed  # nothing is recorded of it, or nothing any more
        return sealed

    def _seal(self, source: RecordSource, span: Span, camera: str, name: str) -> bool:
        """Copy a segment to the target; False where nothing is recorded of that time."""
        entries = source.index.entry_before(span.from_us), source.index.entry_after(span.from_us)
        if not any(entry and span.from_us <= entry.time_us < span.to_us for entry in entries):
            self._empty.add((camera, name))
            return False
        with tempfile.TemporaryDirectory(prefix="narrowcast-archive-") as folder:
            path = Path(folder) / name
            frames = cut(source, path, span)
            size = path.stat().st_size
            self._target.put(path, camera, name)
        self._told = ""
        self._tell(Notice(f"{camera}: sealed {name}, {frames} frames, {size / 1e6:.2f} MB"))
        return True

    def _say(self, text: str) -> None:
        """Tell what is new; what stays as it is is told once."""
        if text != self._told:
            self._told = text
            self._tell(Notice(text, level=Level.WARNING))


def _begun_us(source: RecordSource) -> int:
    """When the first frame was taken, since 1970; FabricError where the recording does not say."""
    first = source.index.entry_before(0)
    try:
        assert first is not None, "a recording that is open has an entry point"
        return round(US * datetime.fromisoformat(first.stream.recorded_at).timestamp()) - first.time_us
    except (ValueError, OverflowError) as error:
        raise FabricError("a recording does not say when it began; nothing of it is sealed") from error
