"""What --record asks for: a video or the payloads, written in a thread of its own: the stream never waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.file import RecordError
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.video import Picture
from narrowcast.receiver.recording.writer import FrameToRecord, RecordingWriter
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.worker import QueueWorker

MAX_WAITING = 512
"Frames that wait to be written: half a minute at 15 a second."
MAX_WAITING_BYTES = 128 * 1024 * 1024
"The same in memory: ten seconds of 640x360, a third of a second of 3840x2160."

CLOSE_S = 4.0
"How long the end waits for what is still to be written; a disk that hangs must not keep the program."
_ABANDON_S = 0.5
"How long a pipe that nobody reads has to give up after that."


class Recording:
    """One recording, fed by the thread that shows the stream. Trouble is told, and the stream goes on."""

    def __init__(
        self,
        options: RecordOptions,
        tell: Callable[[Notice], None],
        catalogue: RecordingCatalogue | None = None,
    ) -> None:
        """Make ready: the first frame opens the file. `tell` takes notices, in the thread that calls `check`.

        `catalogue` is told of each file.
        Raises RecordError where the file is there already, or could not be made.
        """
        options.check()
        self._options = options
        self._tell = tell
        self._lock = threading.Lock()
        self._notices: list[Notice] = []
        self._waiting_bytes = self._left_out = 0
        self._broken = self._told_loss = self._closed = self._finishing = self._abandoned = False
        self._writer = RecordingWriter(options, self._note, lambda: self._abandoned, catalogue=catalogue)
        self._worker = QueueWorker[FrameToRecord]("recording", self._run, capacity=MAX_WAITING)
        self._worker.start()

    @property
    def ended(self) -> bool:
        """Whether nothing is written any more."""
        return self._closed or self._finishing or self._writer.ended

    @property
    def waiting(self) -> int:
        """Frames that are still to be written."""
        return self._worker.waiting

    @property
    def finished(self) -> bool:
        """Whether the file is complete and its thread has ended."""
        return not self._worker.alive

    def add(self, decoded: DecodedFrame, picture: Picture) -> None:
        """Record a frame: its payload, or `picture`, as it is to be seen, which must not be changed."""
        self._put(
            FrameToRecord(
                arrived=decoded.arrived,
                picture=None if self._options.keeps_payloads else picture,
                painted=decoded.provenance.painted,
            )
        )

    def add_payload(self, arrived: ArrivedFrame) -> None:
        """Keep a payload whose picture was not shown, or that did not decode; a video has none of it."""
        if self._options.keeps_payloads:
            self._put(FrameToRecord(arrived=arrived, picture=None, painted=False))

    def check(self) -> None:
        """Tell what has happened; RecordError where the file that was asked for could not be made."""
        with self._lock:
            notices, self._notices = self._notices, []
        for notice in notices:
            self._tell(notice)
        self._worker.check()

    @property
    def wants_keyframe(self) -> bool:
        """Whether the sender is to be asked for a keyframe."""
        return not self.ended and (
            self._writer.wants_keyframe or (self._broken and self._options.keeps_payloads)
        )

    def finish(self) -> None:
        """Take no more frames and finish the file, without waiting for it."""
        self._finishing = True

    def close(self) -> None:
        """Finish the file, and say what is in it; waits for a stated time at most. Harmless a second time."""
        if self._closed:
            return
        self._closed = True
        try:
            ended = self._worker.close(CLOSE_S)
            self._abandoned = True
            ended = ended or self._worker.join(_ABANDON_S)
        except RecordError as error:
            self._note(Notice(error.on_command_line(), level=Level.WARNING))
            ended = True
        if not ended:
            self._note(
                Notice(f"{self._writer.path} does not answer: it is left as it is", level=Level.WARNING)
            )
        self._note_sum()
        with self._lock:
            notices, self._notices = self._notices, []
        for notice in notices:
            self._tell(notice)

    def _put(self, item: FrameToRecord) -> None:
        """Queue a frame, or leave it out where the disk does not keep up."""
        if self.ended:
            return
        if self._options.keeps_payloads and self._broken and not item.arrived.keyframe:
            self._left_out += 1  # it builds on one that was left out
            return
        with self._lock:
            room = self._waiting_bytes + item.bytes <= MAX_WAITING_BYTES or not self._worker.waiting
            self._waiting_bytes += item.bytes if room else 0
        if room and self._worker.put(item, timeout_s=0):
            self._broken = False
            return
        self._left_out += 1
        self._broken = True
        with self._lock:
            self._waiting_bytes -= item.bytes if room else 0
        if not self._told_loss:
            self._told_loss = True
            text = f"{self._options.path} does not keep up: frames are left out of the recording"
            self._note(Notice(text, level=Level.WARNING))

    def _run(self) -> None:
        try:
            while True:
                item = self._worker.get(0.1)
                if item is not None:
                    self._writer.add(item)
                    with self._lock:
                        self._waiting_bytes -= item.bytes
                elif self._finishing or self._worker.closing:
                    return
        finally:
            self._writer.close()

    def _note(self, notice: Notice) -> None:
        with self._lock:
            self._notices.append(notice)

    def _note_sum(self) -> None:
        writer = self._writer
        lost = self._left_out + writer.frames_lost + self._worker.dropped
        if not writer.frames_written and not lost:
            self._note(Notice("nothing was recorded: no frame came"))
            return
        where = f"{writer.path}" if writer.files <= 1 else f"{writer.files} files, the last one {writer.path}"
        missing = f"; {lost} are missing" if lost else ""
        self._note(Notice(f"recorded {writer.frames_written} frames to {where}{missing}"))
