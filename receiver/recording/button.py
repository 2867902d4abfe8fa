"""The recording that a button begins and ends, beside the one that the command line may have asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from narrowcast.errors import OutputError
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.file import saved_name
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.recording import Recording
from narrowcast.receiver.recording.video import Picture
from narrowcast.runtime.reporting import Level, Notice


class ButtonRecording:
    """Writes to a new file in a folder each time; trouble with it is told, and the stream goes on."""

    def __init__(
        self,
        folder: Path,
        tell: Callable[[Notice], None],
        *,
        marks: bool = True,
        catalogue: RecordingCatalogue | None = None,
    ) -> None:
        """Begin without a recording; `tell` takes notices, `catalogue` is told of each file."""
        self.stream = ""
        "what the sender calls it; in the names of the files"
        self._folder = folder
        self._tell = tell
        self._marks = marks
        self._catalogue = catalogue
        self._recording: Recording | None = None
        self._path: Path | None = None
        self._finishing: list[Recording] = []

    @property
    def path(self) -> Path | None:
        """Of the file being written; None while nothing is recorded."""
        return None if self._recording is None or self._recording.ended else self._path

    def toggle(self) -> None:
        """Begin a recording, or end the one that is running."""
        if self.path is not None:
            self._end()
            return
        path = self._folder / saved_name(self.stream, ".mp4", now=datetime.now())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            options = RecordOptions(path=path, marks=self._marks)
            self._recording = Recording(options, self._tell, self._catalogue)
        except (OutputError, OSError) as error:
            self._tell(Notice(str(error), level=Level.WARNING))
            return
        self._path = path
        self._tell(Notice(f"recording to {path}"))

    def add(self, decoded: DecodedFrame, picture: Picture) -> None:
        """Write a frame, as it is to be seen, if something is being recorded."""
        if self._recording is not None:
            self._recording.add(decoded, picture)

    def check(self) -> None:
        """Tell what has happened, and close what has been finished meanwhile."""
        if self._recording is not None and self._recording.ended:
            self._end()
        for recording in self._finishing:
            if recording.finished:
                recording.close()
        self._finishing = [recording for recording in self._finishing if not recording.finished]

    def close(self) -> None:
        """End the recording, if there is one, and wait for what is still being finished."""
        self._end()
        for recording in self._finishing:
            recording.close()
        self._finishing = []

    def _end(self) -> None:
        """Finish the file in its own thread: the stream does not wait for it."""
        if self._recording is not None:
            self._recording.finish()
            self._finishing.append(self._recording)
            self._recording = None
