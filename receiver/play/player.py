"""Shows a recording of payloads in a window, at the pace of capture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from narrowcast.receiver.play.losses import clock_text
from narrowcast.receiver.play.replay import Replay, ReplayedFrame
from narrowcast.receiver.recording.payload_index import Entry
from narrowcast.receiver.window.display import KeyPress, Window
from narrowcast.runtime.signals import StopSignal

KEYS = ", keyframe before   . keyframe after"
"The keys of the player, beside those of every window."

_AGAIN_US = 500_000
"A second press within this time of the recording goes one keyframe further back."

_KEYS_INTERVAL_S = 0.015
"Between two checks of the window's keys."


class Player:
    """Plays a replay until it ends, the window is closed or a stop is asked for."""

    def __init__(
        self,
        replay: Replay,
        window: Window,
        stop: StopSignal,
        *,
        save: Callable[[ReplayedFrame], None],
        speed: float,
        to_us: float,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Play up to `to_us`, `speed` times as fast as recorded; `save` takes a picture to be saved."""
        self._save = save
        self._replay = replay
        self._window = window
        self._stop = stop
        self._speed = speed
        self._to_us = to_us
        self._now_s = now_s
        self._sleep = sleep
        self._paused = False
        self._shown: ReplayedFrame | None = None
        self._seek: Entry | None = None

    def play(self, start: Entry, from_us: int) -> None:
        """Show the pictures from `from_us` on, decoding from the entry point before."""
        self._seek = start
        while self._seek is not None and not self._stop.requested:
            entry, self._seek = self._seek, None
            self._play_on(self._replay.pictures(entry, from_us))
            from_us = 0
            self._hold_last_picture()

    def _play_on(self, frames: Iterator[ReplayedFrame]) -> None:
        begun: tuple[float, int] | None = None
        for frame in frames:
            if frame.time_us > self._to_us:
                return
            if begun is None:  # shown at once, also where somebody steps from keyframe to keyframe in a pause
                begun = self._now_s(), frame.time_us
            else:
                begun_s, begun_us = begun
                paused_s = self._wait_until(begun_s + (frame.time_us - begun_us) / 1e6 / self._speed)
                begun = begun_s + paused_s, begun_us  # a pause moves all that follows
            if self._stop.requested or self._seek is not None:
                return
            self._show(frame)

    def _show(self, frame: ReplayedFrame) -> None:
        self._shown = frame
        stream = frame.stream
        lines = [
            f"{clock_text(frame.time_us)}, recorded from {stream.recorded_at}",
            f"{stream.width}x{stream.height}, {stream.codec}",
            KEYS,
        ]
        self._window.show(frame.rgb, lines)

    def _wait_until(self, due_s: float) -> float:
        """Wait, obeying keys; returns how long it was paused meanwhile."""
        paused_s = 0.0
        while True:
            self._take_keys()
            if self._stop.requested or self._seek is not None:
                return paused_s
            left_s = due_s + paused_s - self._now_s()
            if not self._paused and left_s <= 0:
                return paused_s
            before_s = self._now_s()
            self._sleep(_KEYS_INTERVAL_S if self._paused else min(_KEYS_INTERVAL_S, left_s))
            if self._paused:
                paused_s += self._now_s() - before_s

    def _hold_last_picture(self) -> None:
        """Keep the last picture while the player is paused, so that the person may still step back."""
        if self._seek is None and self._paused:
            self._wait_until(self._now_s())

    def _take_keys(self) -> None:
        for key in self._window.pump():
            if key is KeyPress.QUIT:
                self._stop.request()
            elif key is KeyPress.PAUSE:
                self._paused = not self._paused
            elif self._shown is not None:
                self._obey(key, self._shown)

    def _obey(self, key: KeyPress, shown: ReplayedFrame) -> None:
        if key is KeyPress.SNAPSHOT:
            self._save(shown)
        elif key is KeyPress.BACK:
            # A second press soon after the first means the keyframe before the one just reached.
            self._seek = self._replay.entry_before(shown.time_us - _AGAIN_US)
        elif key is KeyPress.FORWARD:
            self._seek = self._replay.index.entry_after(shown.time_us)
