"""What --record asks for: a video or the payloads. Trouble with the file is told, and the stream goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from receiver.frame import DecodedFrame, DecodeFailure
from receiver.recording.payload_file import SUFFIX, PayloadRecorder
from receiver.recording.video import Picture, Recorder, RecordError
from runtime.reporting import Level, Notice

_FPS = 15.0
"Only a first guess in a video's header: every picture is written at its capture time."


class Recording:
    """One file. The first write that fails ends it; what was written up to there can be played."""

    def __init__(self, path: Path, tell: Callable[[Notice], None], *, marks: bool = True) -> None:
        """Create the file; RecordError where that is not possible. `tell` takes notices."""
        self._path = path
        self._tell = tell
        keeps_payloads = path.suffix.lower() == SUFFIX
        self._recorder = PayloadRecorder(path) if keeps_payloads else Recorder(path, _FPS, marks=marks)
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nothing is written any more."""
        return self._ended

    def add(self, decoded: DecodedFrame, picture: Picture) -> None:
        """Write a frame: its payload, or `picture`, which is how it is to be seen."""
        self._write(decoded, picture)

    def add_failed(self, failure: DecodeFailure) -> None:
        """Keep a payload that did not decode; a video has nothing to show for it."""
        self._write(failure, None)

    def close(self) -> None:
        """Finish the file, and say what is in it; harmless after an end that came early."""
        if self._ended:
            return
        self._ended = True
        try:
            self._recorder.close()
        except RecordError as error:
            self._tell(Notice(error.text, level=Level.WARNING))
            return
        self._tell(Notice(f"recorded {self._recorder.frames_written} frames to {self._path}"))

    def _write(self, result: DecodedFrame | DecodeFailure, picture: Picture | None) -> None:
        if self._ended:
            return
        frame = result.arrived
        try:
            if isinstance(self._recorder, PayloadRecorder):
                painted = isinstance(result, DecodedFrame) and result.provenance.painted
                self._recorder.add(frame, painted=painted)
            elif picture is not None:
                self._recorder.add(picture, frame.capture_sender_us)
        except RecordError as error:
            self._ended = True
            self._recorder.close()
            text = f"{error} Recording has stopped, what was recorded so far plays; the stream goes on"
            self._tell(Notice(text, level=Level.WARNING))
