"""What a recording is told: where to, in which pieces, and how much of it to keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from narrowcast.receiver.recording.file import check_new
from narrowcast.receiver.recording.payload_recorder import SUFFIX
from narrowcast.receiver.recording.video import check_suffix
from narrowcast.receiver.recording_names import is_pattern


@dataclass(frozen=True, kw_only=True)
class RecordOptions:
    """One recording."""

    path: Path
    "of the file, or the pattern of several"
    overwrite: bool = False
    "replace a file that exists"
    segment_s: float | None = None
    "begin a new file after so many seconds; None: one file"
    keep_s: float | None = None
    "remove the recording's own files that are older; None: keep them"
    keep_bytes: float | None = None
    "remove the recording's oldest files beyond so many bytes; None: keep them"
    keyframe_s: float = 10.0
    "ask the sender for a keyframe where payloads have had none for so many seconds; 0: never"
    marks: bool = True
    "pictures that a network painted are marked, and a video says so"

    @property
    def keeps_payloads(self) -> bool:
        """Whether payloads are recorded, and not pictures."""
        return self.path.suffix.lower() == SUFFIX

    def check(self) -> None:
        """Raise RecordError where nothing can be recorded there; nothing is opened."""
        if not self.keeps_payloads:
            check_suffix(self.path)
        check_new(self.path, overwrite=self.overwrite or is_pattern(self.path))
