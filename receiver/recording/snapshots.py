"""Snapshots: a frame as it was shown, and the exact picture behind it, which is fetched from the sender."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from narrowcast import codec
from narrowcast.codec import Rgb
from narrowcast.codec.decoder_process.process import start_ahead
from narrowcast.codec.names import OwnProcess
from narrowcast.errors import OutputError
from narrowcast.protocol import StillArrived, StillFailed, StillProgress
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.recording.file import saved_name
from narrowcast.runtime.reporting import Level, Notice

_PNG_END_BYTES = 12
"of the chunk IEND: length, name and checksum"

_FETCHING = "fetching the exact frame"
_LINK_DOWN = "the link is down: the exact frame is fetched when it is back, if the sender still has it then"

_COMMENTS = {
    True: "narrowcast: reconstructed; a network painted this picture from few bits: plausible, not evidence",
    False: "narrowcast: as it was shown; no network painted this picture",
}
"In the file of a picture as it was shown, by whether a network painted it."


class SnapshotError(OutputError):
    """The snapshot that the command line asked for cannot be made; the text says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One snapshot, whole or still being fetched."""

    sequence: int
    "of the frame"
    painted: bool
    "a network painted the picture that was shown"
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

    def __init__(
        self,
        folder: Path,
        tell: Callable[[Notice], None],
        show: Callable[[Snapshot], None],
        *,
        overwrite: bool = False,
        decoder_process: OwnProcess = "never",
    ) -> None:
        """Save to `folder`; `tell` takes notices, `show` each new state of a snapshot.

        `overwrite`: replace files that exist already. `decoder_process`: auto looks at a sender's exact
        pictures in a process of its own.
        """
        self._decoder_process = decoder_process
        self.stream = ""
        "what the sender calls it; in the names of the files"
        self._folder = folder
        self._tell = tell
        self._show = show
        self._mode = "wb" if overwrite else "xb"
        self._waiting: dict[int, Snapshot] = {}
        self._requests: list[int] = []
        self._state = _FETCHING

    def link_changed(self, *, up: bool) -> None:
        """Say at once that exact pictures have to wait for the link, or that they come."""
        self._state = _FETCHING if up else _LINK_DOWN
        if self._waiting and not up:
            self._tell(Notice(_LINK_DOWN, level=Level.WARNING))
        for sequence, snapshot in self._waiting.items():
            self._waiting[sequence] = replace(snapshot, state=self._state)
            self._show(self._waiting[sequence])

    def take(self, decoded: DecodedFrame, path: Path | None = None) -> bool:
        """Save a picture that is shown, and ask for the exact one; False where it cannot be saved."""
        frame, painted = decoded.arrived, decoded.provenance.painted
        path = path or self._folder / saved_name(self.stream, ".png", now=datetime.now())
        beside = shown_path(path)
        encoder = codec.create_encoder("png", width=frame.width, height=frame.height)
        snapshot = Snapshot(
            sequence=frame.sequence,
            painted=painted,
            path=path,
            shown_path=beside,
            shown=decoded.rgb,
            shown_png=_with_comment(encoder.encode(decoded.rgb).payload, _COMMENTS[painted]),
            state=self._state,
        )
        if not self._save(beside, snapshot.shown_png):
            return False
        how = " (a network painted it)" if painted else ""
        self._tell(Notice(f"saved {beside} as it was shown{how}; {self._state}"))
        self._waiting[frame.sequence] = snapshot
        if self._decoder_process == "auto":
            start_ahead()
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
            state = f"{_FETCHING}: {received_kb:.0f} of {total_kb:.0f} kB"
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
            exact = codec.create_decoder(
                "png", width=width, height=height, decoder_process=self._decoder_process
            ).decode(png)
        except codec.BitstreamError as error:
            return self._failed(snapshot, f"what came is no such picture: {error}")
        if not self._save(snapshot.path, png):
            return self._failed(snapshot, "it cannot be saved")
        self._tell(Notice(f"saved {snapshot.path}, the exact frame ({len(png) / 1000:.0f} kB)"))
        state = f"exact frame of {width}x{height}, {len(png) / 1000:.0f} kB"
        self._show(replace(snapshot, state=state, share=None, exact=exact, exact_png=png))
        return None

    def _failed(self, snapshot: Snapshot, reason: str) -> str:
        text = f"no exact frame: {reason}"
        self._tell(Notice(text, level=Level.WARNING))
        self._show(replace(snapshot, state=text, share=None))
        return text

    def _save(self, path: Path, data: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open(self._mode) as file:
                file.write(data)
        except OSError as error:
            text = f"cannot save {path}: {(error.strerror or str(error)).lower()}"
            self._tell(Notice(text, level=Level.WARNING))
            return False
        return True


def shown_path(path: Path) -> Path:
    """Where the picture goes as it was shown, beside the exact one."""
    return path.with_name(f"{path.stem}-shown.png")


def _with_comment(png: bytes, text: str) -> bytes:
    """Add a comment to a PNG file, in front of the chunk that ends it."""
    chunk = b"tEXtComment\0" + text.encode("ascii")
    packed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:-_PNG_END_BYTES] + packed + png[-_PNG_END_BYTES:]
