"""The recording that a button begins and ends, beside the one that the command line may have asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from receiver.record import Picture, Recorder, RecordError

_FPS = 15.0
"Only a first guess in the file's header: every picture is written at its capture time."


class ButtonRecording:
    """Writes to a new file in a folder each time; trouble with it is told, and the stream goes on."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        """Begin with none; `tell` takes a line for people."""
        self._folder = folder
        self._tell = tell
        self._recorder: Recorder | None = None
        self.path: Path | None = None
        "of the file being written; None while nothing is recorded"

    def toggle(self) -> None:
        """Begin, or end."""
        if self._recorder is not None:
            self.close()
            return
        path = self._folder / f"narrowcast-{datetime.now():%Y%m%d-%H%M%S}.mp4"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._recorder = Recorder(path, _FPS)
        except (RecordError, OSError) as error:
            self._tell(str(error))
            return
        self.path = path
        self._tell(f"recording to {path}")

    def add(self, rgb: Picture, capture_us: int) -> None:
        """Write uint8 RGB [H, W, 3] if something is being recorded."""
        if self._recorder is None:
            return
        try:
            self._recorder.add(rgb, capture_us)
        except RecordError as error:
            self._tell(str(error))
            self.close()

    def close(self) -> None:
        """End the recording, if there is one."""
        recorder, path = self._recorder, self.path
        self._recorder = self.path = None
        if recorder is None:
            return
        try:
            recorder.close()
            self._tell(f"recorded {recorder.frames_written} frames to {path}")
        except RecordError as error:
            self._tell(str(error))
