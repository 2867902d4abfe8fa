"""Writes a recording to its files and goes on after errors; belongs to the recording's own thread."""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.file import FileExistsAlready, RecordError, is_pipe
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.payload_recorder import PayloadRecorder, captured_local_us, wall_clock
from narrowcast.receiver.recording.retention import Retention
from narrowcast.receiver.recording.video import Picture, Recorder
from narrowcast.receiver.recording_names import RecordingNames
from narrowcast.runtime.reporting import Level, Notice

MIN_FREE_BYTES = 64 * 1024 * 1024
"Room on the disk that a recording goes on with after it was full: less would be full again within a moment."

RETRY_S = 5.0
"Between two attempts to go on."

MIN_KEYFRAME_INTERVAL_US = 10_000_000
"No keyframe is asked for sooner after the last one, whatever the length of the files: they cost the stream."

_CLEAN_S = 60.0
"Between two looks at age and size of old files."

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FPS = 15.0
"Only a first guess in a video's header: every picture is written at its capture time."


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameToRecord:
    """A frame on its way to the recording."""

    arrived: ArrivedFrame
    "the frame as it came"
    picture: Picture | None
    "as it is to be seen; None where payloads are recorded, or where it did not decode"
    painted: bool
    "a network painted the picture that was shown"

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return len(self.arrived.payload) + (0 if self.picture is None else self.picture.nbytes)


class RecordingWriter:
    """One recording: opens files as frames come, removes old ones, waits while the disk is full."""

    def __init__(
        self,
        options: RecordOptions,
        tell: Callable[[Notice], None],
        abandoned: Callable[[], bool],
        *,
        catalogue: RecordingCatalogue | None = None,
        now_s: Callable[[], float] = time.monotonic,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        """Write nothing yet.

        Args:
            options: of the recording.
            tell: takes notices.
            abandoned: whether the end of the recording is not waited for any longer.
            catalogue: is told of each file that is begun and finished.
            now_s: a monotonic clock.
            free_bytes: room on the disk of a folder.
        """
        self.frames_written = self.frames_lost = 0
        self.wants_keyframe = False
        "payloads need one from the sender"
        self.path: Path | None = None
        "of the file being written, or of the last one"
        self.files = 0
        "begun so far"
        self._options = options
        self._tell = tell
        self._abandoned = abandoned
        self._now_s = now_s
        self._free_bytes = free_bytes
        self._names = RecordingNames(options.path)
        self._catalogue = catalogue or RecordingCatalogue()
        self._retention = Retention(self._names, keep_s=options.keep_s, keep_bytes=options.keep_bytes)
        self._recorder: Recorder | PayloadRecorder | None = None
        self._begun_local_us = 0
        self._retry_s: float | None = None
        self._failed_errno: int | None = None
        self._cleaned_s = now_s()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nothing will be written any more."""
        return self._ended

    def add(self, item: FrameToRecord) -> None:
        """Write a frame. Trouble is told and waited out; FileExistsAlready is raised for the first file."""
        if self._ended or (self._recorder is None and not self._may_begin(item)):
            self.frames_lost += 1
            return
        try:
            if self._recorder is None or self._is_due(item):
                self._next_file(item)
            self._write(item)
        except RecordError as error:
            if isinstance(error, FileExistsAlready) and self.files == 0:
                self._ended = True
                raise
            self._failed(error)
        self._clean_now_and_then()

    def close(self) -> None:
        """Finish the file."""
        self._ended = True
        try:
            self._finish_file()
        except RecordError as error:
            self._tell(Notice(error.text, level=Level.WARNING))

    def _write(self, item: FrameToRecord) -> None:
        if isinstance(self._recorder, PayloadRecorder):
            written = self._recorder.add(item.arrived, painted=item.painted)
            every_us = 1e6 * self._options.keyframe_s
            since_us = self._recorder.since_keyframe_us
            due = self._over(item) and since_us >= MIN_KEYFRAME_INTERVAL_US
            self.wants_keyframe = (0 < every_us <= since_us) or not written or due
            self.frames_lost += not written
            self.frames_written += written
        elif self._recorder is not None and item.picture is not None:
            self._recorder.add(item.picture, item.arrived.capture_sender_us)
            self.frames_written += 1

    def _may_begin(self, item: FrameToRecord) -> bool:
        """Whether a file may begin with this frame."""
        if self._options.keeps_payloads and not item.arrived.keyframe:
            self.wants_keyframe = True
            return False
        if not self._options.keeps_payloads and item.picture is None:
            return False
        if self._retry_s is None:
            return True
        if self._now_s() < self._retry_s:
            return False
        self._retry_s = self._now_s() + RETRY_S
        return self._failed_errno not in _FULL or self._room()

    def _room(self) -> bool:
        try:
            return self._free_bytes(self._names.folder) >= MIN_FREE_BYTES
        except OSError:
            return False

    def _over(self, item: FrameToRecord) -> bool:
        """Whether the file is as long as it is to be."""
        segment_s = self._options.segment_s
        return segment_s is not None and (
            captured_local_us(item.arrived) - self._begun_local_us >= 1e6 * segment_s
        )

    def _is_due(self, item: FrameToRecord) -> bool:
        able = item.arrived.keyframe if self._options.keeps_payloads else item.picture is not None
        return able and self._over(item)

    def _next_file(self, item: FrameToRecord) -> None:
        self._finish_file()
        local_us = captured_local_us(item.arrived)
        self._recorder = self._opened(self._names.candidates(wall_clock(local_us), first=self.files == 0))
        self._begun_local_us = local_us
        self.files += 1
        assert self.path is not None
        self._catalogue.begun(self.path)
        if self._keeps_list:
            self._retention.made(self.path)
            self._clean()
        if self._retry_s is not None:
            self._tell(Notice(f"recording goes on, in {self.path}"))
        self._retry_s = None

    def _opened(self, candidates: Iterator[Path]) -> Recorder | PayloadRecorder:
        """Create the first file whose name is free."""
        overwrite = self._options.overwrite and self.files == 0
        for path in candidates:
            self.path = path
            try:
                if self._options.keeps_payloads:
                    return PayloadRecorder(path, overwrite=overwrite, abandoned=self._abandoned)
                return Recorder(
                    path, _FPS, marks=self._options.marks, overwrite=overwrite, abandoned=self._abandoned
                )
            except FileExistsAlready as error:
                taken = error
        raise taken

    def _finish_file(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            try:
                recorder.close()
            finally:
                if self.path is not None:
                    self._catalogue.finished(self.path)
                    if self._keeps_list:
                        self._retention.completed(self.path)

    @property
    def _keeps_list(self) -> bool:
        return self._options.keep_s is not None or self._options.keep_bytes is not None

    def _failed(self, error: RecordError) -> None:
        """Stop for now, having made room where that may be done; a pipe cannot be gone on with."""
        self.frames_lost += 1
        self._failed_errno = error.errno
        with contextlib.suppress(RecordError):  # it could not be written to; that is being told
            self._finish_file()
        if error.errno in _FULL and self._options.keep_bytes is not None and self._made_room():
            return
        if self.path is not None and is_pipe(self.path):
            self._ended = True
            text = f"{error.text}. Recording has ended; the stream goes on"
            self._tell(Notice(text, level=Level.WARNING))
        elif self._retry_s is None:
            text = (
                f"{error.text} Recording has stopped, what was recorded so far plays; the stream goes on, "
                "and so does the recording, in a new file, as soon as it can"
            )
            self._tell(Notice(text, level=Level.WARNING))
        self._retry_s = self._now_s() + RETRY_S

    def _made_room(self) -> bool:
        """Remove the oldest files until there is room."""
        removed = 0
        while not self._room() and self._retention.make_room(self.path) is not None:
            removed += 1
        if removed:
            self._tell(Notice(f"the disk is full: removed {removed} of the recording's oldest files"))
        return self._room()

    def _clean_now_and_then(self) -> None:
        if self._keeps_list and self._now_s() - self._cleaned_s >= _CLEAN_S:
            self._clean()

    def _clean(self) -> None:
        self._cleaned_s = self._now_s()
        self._retention.clean(time.time(), self.path)
