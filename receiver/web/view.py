"""A stream's page as the receiver's thread sees it: pictures and news go in, buttons pressed come out."""

from __future__ import annotations

import random

from codec import GENERATIVE_CODECS, Rgb
from protocol import ReceiverStatistics, StreamParameters
from receiver.link_state import StaleNote
from receiver.snapshots import Snapshot
from receiver.web.board import Board
from receiver.web.browser_messages import Press
from receiver.web.realism_meter import RealismMeter
from receiver.web.stills import StillShelf


class WebView:
    """One stream for any number of browsers; a `Site` serves it."""

    def __init__(self, *, name: str, mark: bool, one_of_several: bool = False) -> None:
        """Begin with nothing to see.

        Args:
            name: what the page calls the stream until the sender says how it calls it.
            mark: whether pictures that a generator painted are marked as reconstructed.
            one_of_several: whether there is a grid to go back to.
        """
        self.name = name
        "as given"
        self.board = Board()
        "what browsers are told"
        self.shelf = StillShelf()
        "files that they fetch"
        self._mark = mark
        self._realism = RealismMeter()
        self._note: StaleNote | None = None
        self._quality: float | None = None
        self._seconds = 0
        self._file_name: str | None = ""
        # A page that was there before the receiver started anew must not draw the new seconds after the old.
        run = {"run": random.getrandbits(32), "name": name, "grid": one_of_several}
        self.board.put("run", run)
        self.recording(None)

    def stream(self, stream: StreamParameters) -> None:
        """What is received."""
        generated = stream.codec in GENERATIVE_CODECS
        self.board.put(
            "stream",
            {
                "name": stream.name,
                "codec": stream.codec,
                "width": stream.width,
                "height": stream.height,
                "fps": stream.fps,
                "max_kbps": stream.max_kbps,
                "marked": generated and self._mark,
            },
        )

    def show(self, rgb: Rgb, age_ms: float | None, quality: float) -> None:
        """Show a picture; `age_ms` is the time since it was taken, where that is known."""
        self._quality = quality
        self.board.put_picture(rgb, age_ms)
        if self.board.watched:
            self._realism.show(rgb)

    def stale(self, note: StaleNote | None) -> None:
        """Why the picture is not live; None while it is."""
        if note != self._note:
            self._note = note
            fields = {} if note is None else {"headline": note.headline, "detail": note.detail}
            self.board.put("link", {"live": note is None, **fields})

    def second(self, snapshot: ReceiverStatistics) -> None:
        """The last second, for the charts."""
        self._seconds += 1
        self.board.put(
            "second",
            {
                "number": self._seconds,
                "kbps": snapshot.kbps,
                "fps": snapshot.fps,
                "latency_ms": snapshot.capture_to_display_ms.p50,
                "latency_error_ms": snapshot.clock_error_ms,
                "realism": self._realism.take_score(),
                "quality": self._quality,
            },
        )

    def notice(self, text: str) -> None:
        """Say something to whoever watches now."""
        self.board.put("notice", {"text": text})

    def recording(self, file_name: str | None) -> None:
        """What is being recorded."""
        if file_name != self._file_name:
            self._file_name = file_name
            self.board.put("recording", {"file": file_name})

    def snapshot(self, snapshot: Snapshot) -> None:
        """How far a snapshot is: the picture as it was shown, and the exact one once it is there."""
        files = {"shown": (snapshot.shown_path.name, snapshot.shown_png)}
        if snapshot.exact_png is not None:
            files["exact"] = (snapshot.path.name, snapshot.exact_png)
        for name, png in files.values():
            self.shelf.put(name, png)
        self.board.put(
            "still",
            {
                "text": snapshot.state,
                "share": snapshot.share,
                "marked": snapshot.codec_name in GENERATIVE_CODECS,
                **{which: name for which, (name, _) in files.items()},
            },
        )

    def presses(self) -> list[Press]:
        """Buttons pressed since the last call."""
        return self.board.take_presses()

    def close(self) -> None:
        """Send the browsers away."""
        self.board.close()
        self._realism.close()
