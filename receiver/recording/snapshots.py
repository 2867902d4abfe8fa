"""Snapshots: a frame as it was shown, and the exact picture behind it, which is fetched from the sender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import codec
from codec import Rgb
from narrowcast.errors import OutputError
from protocol import StillArrived, StillFailed, StillProgress
from receiver.decoding import DecodedFrame
from receiver.recording.file import saved_name


class SnapshotError(OutputError):
    """The snapshot that the command line asked for cannot be made; the text says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One snapshot, whole or still being fetched."""

    sequence: int
    "of the frame"
    codec_name: str
    "what it was coded with"
    path: Path
    "of the exact picture"
    shown_path: Path
    "of the picture as it was shown"
    shown: Rgb
    "uint8 [H, W, 3]"
    shown_png: bytes
    "the same as a file"
    state: str
    "one line for people"
    share: float | None = 0.0
    "of the exact picture that has come; None once it is whole, or will never be"
    exact: Rgb | None = None
    "uint8 [H, W, 3], bit for bit what the camera gave the sender's coder"
    exact_png: bytes | None = None
    "the same as the file that was sent"


class Snapshots:
    """Takes snapshots and shows how far they are. Belongs to the receiver's main thread."""

    def __init__(self, folder: Path, tell: Callable[[str], None], show: Callable[[Snapshot], None]) -> None:
        """Save to `folder`; `tell` takes a line for people, `show` each new state of a snapshot."""
        self.stream = ""
        "what the sender calls it; in the names of the files"
        self._folder = folder
        self._tell = tell
        self._show = show
        self._waiting: dict[int, Snapshot] = {}
        self._requests: list[int] = []

    def take(self, decoded: DecodedFrame, path: Path | None = None) -> bool:
        """Save a picture that is shown, and ask for the exact one; False where it cannot be saved."""
        frame = decoded.arrived
        path = path or self._folder / saved_name(self.stream, ".png", now=datetime.now())
        shown_path = path.with_name(f"{path.stem}-shown.png")
        encoder = codec.create_encoder("png", width=frame.width, height=frame.height)
        snapshot = Snapshot(
            sequence=frame.sequence,
            codec_name=frame.codec,
            path=path,
            shown_path=shown_path,
            shown=decoded.rgb,
            shown_png=encoder.encode(decoded.rgb).payload,
            state="fetching the exact frame",
        )
        if not self._save(shown_path, snapshot.shown_png):
            return False
        self._tell(f"saved {shown_path} as it was shown; fetching the exact frame")
        self._waiting[frame.sequence] = snapshot
        self._requests.append(frame.sequence)
        self._show(snapshot)
        return True

    def take_requests(self) -> list[int]:
        """Frames whose exact pictures are to be asked for."""
        requests, self._requests = self._requests, []
        return requests

    def progress(self, progress: StillProgress | None) -> None:
        """Show how much of the exact picture has come that is being fetched."""
        snapshot = self._waiting.get(progress.sequence) if progress else None
        if snapshot is None or progress is None or progress.total_bytes == 0:
            return
        share = round(progress.received_bytes / progress.total_bytes, 2)
        if share != snapshot.share:
            received_kb, total_kb = progress.received_bytes / 1000, progress.total_bytes / 1000
            state = f"fetching the exact frame: {received_kb:.0f} of {total_kb:.0f} kB"
            self._waiting[progress.sequence] = replace(snapshot, share=share, state=state)
            self._show(self._waiting[progress.sequence])

    def ended(self, event: StillArrived | StillFailed) -> str | None:
        """Take the end of a request for an exact picture; returns what is wrong, None where it is saved."""
        snapshot = self._waiting.pop(event.sequence, None)
        if snapshot is None:
            return None
        if isinstance(event, StillArrived):
            return self._arrived(snapshot, event.png)
        return self._failed(snapshot, event.reason)

    def _arrived(self, snapshot: Snapshot, png: bytes) -> str | None:
        height, width = snapshot.shown.shape[:2]
        try:
            exact = codec.create_decoder("png", width=width, height=height).decode(png)
        except codec.BitstreamError as error:
            return self._failed(snapshot, f"what came is no such picture: {error}")
        if not self._save(snapshot.path, png):
            return self._failed(snapshot, "it cannot be saved")
        self._tell(f"saved {snapshot.path}, the exact frame ({len(png) / 1000:.0f} kB)")
        state = f"exact frame of {width}x{height}, {len(png) / 1000:.0f} kB"
        self._show(replace(snapshot, state=state, share=None, exact=exact, exact_png=png))
        return None

    def _failed(self, snapshot: Snapshot, reason: str) -> str:
        text = f"no exact frame: {reason}"
        self._tell(text)
        self._show(replace(snapshot, state=text, share=None))
        return text

    def _save(self, path: Path, data: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            self._tell(f"cannot save {path}: {(error.strerror or str(error)).lower()}")
            return False
        return True
