"""A stream's page as the receiver's thread uses it: pictures and texts go in, pressed buttons come out."""

from __future__ import annotations

import random
import threading
from collections import OrderedDict

from narrowcast.codec import Rgb
from narrowcast.protocol import ReceiverStatistics, StreamParameters
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.snapshots import Snapshot
from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import Button
from narrowcast.receiver.web.hub import StreamHub
from narrowcast.receiver.web.realism_meter import RealismMeter
from narrowcast.runtime.reporting import Notice

MAX_STILLS = 8
"A browser shows the newest pair; the files themselves are on the disk."


class StillCache:
    """The newest stills, as PNG files in memory for browsers to fetch. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[str, bytes] = OrderedDict()

    def put(self, name: str, png: bytes) -> None:
        """Keep a file; beyond MAX_STILLS the oldest one is dropped."""
        with self._lock:
            self._files[name] = png
            while len(self._files) > MAX_STILLS:
                self._files.popitem(last=False)

    def find(self, name: str) -> bytes | None:
        """The file of that name; None where there is none, or not any more."""
        with self._lock:
            return self._files.get(name)


class WebView:
    """One stream for any number of browsers; a `Site` serves it."""

    def __init__(self, *, name: str, one_of_several: bool = False) -> None:
        """Begin without a picture.

        Args:
            name: what the page calls the stream until the sender says how it calls it.
            one_of_several: whether there is a grid to go back to.
        """
        self.name = name
        "as given"
        self.hub = StreamHub()
        "what is sent to browsers"
        self.stills = StillCache()
        "files that browsers fetch"
        self.recordings = RecordingCatalogue()
        "what browsers list, play and download"
        self.replay = ReplayConfig()
        "how recordings of payloads are decoded for browsers"
        self._realism = RealismMeter()
        self._note: StaleNote | None = StaleNote(headline="the receiver has just begun")
        self._quality: float | None = None
        self._seconds = 0
        self._warning = ""
        self._file_name: str | None = ""
        # A page that was there before the receiver started anew must not draw the new seconds after the old.
        run = {"run": random.getrandbits(32), "name": name, "grid": one_of_several}
        self.hub.publish("run", run)
        self.recording(None)

    def stream(self, stream: StreamParameters) -> None:
        """Publish what is received."""
        self.hub.publish(
            "stream",
            {
                "name": stream.name,
                "codec": stream.codec,
                "width": stream.width,
                "height": stream.height,
                "fps": stream.fps,
                "max_kbps": stream.max_kbps,
            },
        )

    def show(self, rgb: Rgb, age_ms: float | None, quality: float, *, marked: bool = False) -> None:
        """Show a picture.

        Args:
            rgb: uint8 [H, W, 3].
            age_ms: the time since it was taken; None where that is not known.
            quality: 0 to 1, as it was coded.
            marked: say that a generator painted it.
        """
        self._quality = quality
        self.hub.publish_picture(rgb, age_ms, marked=marked)
        if self.hub.watched:
            self._realism.show(rgb)

    def stale(self, note: StaleNote | None) -> None:
        """Publish why the picture is not live; None while it is."""
        if note != self._note:
            self._note = note
            fields = {} if note is None else {"headline": note.headline, "detail": note.detail}
            self.hub.publish("link", {"live": note is None, **fields})

    @property
    def note(self) -> StaleNote | None:
        """Why the picture is not live; None while it is. Any thread may ask."""
        return self._note

    def second(self, statistics: ReceiverStatistics) -> None:
        """Publish the last second's statistics, for the charts."""
        self._seconds += 1
        self.hub.publish(
            "second",
            {
                "number": self._seconds,
                "kbps": statistics.kbps,
                "fps": statistics.fps,
                "latency_ms": statistics.capture_to_display_ms.p50,
                "latency_error_ms": statistics.clock_error_ms,
                "realism": self._realism.take_score(),
                "quality": self._quality,
            },
        )

    def notice(self, notice: Notice) -> None:
        """Show a notice in the browsers that are connected now."""
        self.hub.publish("notice", {"text": notice.on_command_line(), "level": notice.level.value})

    def warn(self, text: str) -> None:
        """Show a text in every browser, now and later, until another takes its place; empty takes it away."""
        if text != self._warning:
            self._warning = text
            self.hub.publish("warning", {"text": text})

    def recording(self, file_name: str | None) -> None:
        """Publish which file is being recorded; None while none is."""
        if file_name != self._file_name:
            self._file_name = file_name
            self.hub.publish("recording", {"file": file_name})

    def choice(self, choice: StreamChoice, most: StreamChoice, *, allowed: bool) -> None:
        """Publish what is chosen about the stream.

        Args:
            choice: at the moment.
            most: the limits of the settings, within which browsers may choose.
            allowed: whether they may.
        """
        self.hub.publish(
            "choice",
            {
                "allowed": allowed,
                "restore": choice.restore,
                "max_kbps": choice.max_kbps,
                "max_fps": choice.max_fps,
                "most_kbps": most.max_kbps,
                "most_fps": most.max_fps,
            },
        )

    def take_wishes(self) -> list[StreamChoice]:
        """What was chosen in browsers since the last call."""
        return self.hub.take_wishes()

    def snapshot(self, snapshot: Snapshot) -> None:
        """Publish how far a snapshot is: the picture as it was shown, and the exact one once it has come."""
        files = {"shown": (snapshot.shown_path.name, snapshot.shown_png)}
        if snapshot.exact_png is not None:
            files["exact"] = (snapshot.path.name, snapshot.exact_png)
        for name, png in files.values():
            self.stills.put(name, png)
        self.hub.publish(
            "still",
            {
                "text": snapshot.state,
                "share": snapshot.share,
                "marked": snapshot.painted,
                **{which: name for which, (name, _) in files.items()},
            },
        )

    def take_pressed(self) -> list[Button]:
        """Buttons pressed since the last call."""
        return self.hub.take_pressed()

    def close(self) -> None:
        """Disconnect the browsers."""
        self.hub.close()
        self._realism.close()
