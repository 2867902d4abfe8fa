"""The player, with a window that remembers and time that a test makes pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.play.losses import clock_text
from narrowcast.receiver.play.player import Player
from narrowcast.receiver.play.replay import Replay
from narrowcast.receiver.play.source import source_of
from narrowcast.receiver.recording.payload_file import PayloadFile
from narrowcast.receiver.window.display import KeyPress, Window
from narrowcast.receiver.window.overlay import Picture
from narrowcast.runtime.signals import StopSignal
from tests.receiver.ncast_samples import FRAME_US, coded_frames, record


class FakeWindow:
    """Remembers when it showed what, and presses keys when a picture with a time is up."""

    def __init__(self, keys: dict[str, list[KeyPress]]) -> None:
        self.now_s = 100.0
        self.shown: list[tuple[str, float]] = []
        self.saved: list[str] = []
        self._keys = keys

    def show(self, rgb: Picture, overlay: Sequence[str] = ()) -> None:
        """Remember it."""
        self.shown.append((overlay[0].partition(",")[0], round(self.now_s - 100, 3)))

    def pump(self) -> list[KeyPress]:
        """The keys for the picture that is up, once."""
        return self._keys.pop(self.shown[-1][0], []) if self.shown else []

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


@pytest.fixture
def file(tmp_path: Path) -> Iterator[PayloadFile]:
    """Twelve frames, ten a second, every one a keyframe; an entry point every 0.4 s."""
    record(tmp_path / "r.ncast", coded_frames(12))
    with PayloadFile(tmp_path / "r.ncast") as opened:
        yield opened


def play(
    file: PayloadFile,
    keys: dict[str, list[KeyPress]] | None = None,
    *,
    speed: float = 1.0,
    from_us: int = 0,
    to_us: int = 10**9,
) -> FakeWindow:
    """The window after playing."""
    window, stop = FakeWindow(keys or {}), StopSignal()
    replay = Replay(source_of(file), ReplayConfig(), print)
    player = Player(
        replay,
        cast(Window, window),
        stop,
        save=lambda frame: window.saved.append(clock_text(frame.time_us)),
        speed=speed,
        to_us=to_us,
        now_s=lambda: window.now_s,
        sleep=window.sleep,
    )
    player.play(replay.entry_before(from_us), from_us)
    return window


def test_pictures_come_at_the_pace_of_capture(file: PayloadFile) -> None:
    shown = play(file).shown
    assert [text for text, _ in shown] == [clock_text(number * FRAME_US) for number in range(12)]
    assert [at_s for _, at_s in shown] == pytest.approx([number / 10 for number in range(12)])


def test_twice_as_fast_and_a_part_of_it(file: PayloadFile) -> None:
    shown = play(file, speed=2.0, from_us=300_000, to_us=500_000).shown
    assert shown == [("0:00:00.3", 0.0), ("0:00:00.4", 0.05), ("0:00:00.5", 0.1)]


def test_keys_go_to_keyframes_and_end_it(file: PayloadFile) -> None:
    texts = [text for text, _ in play(file, {"0:00:00.9": [KeyPress.BACK]}).shown]
    assert texts == [clock_text(number * FRAME_US) for number in (*range(10), *range(4, 12))]
    keys = {"0:00:00.1": [KeyPress.PAUSE, KeyPress.FORWARD], "0:00:00.4": [KeyPress.QUIT]}
    assert play(file, keys).shown[-1][0] == "0:00:00.4"


def test_behind_the_last_keyframe_there_is_none_and_a_picture_can_be_saved(file: PayloadFile) -> None:
    window = play(file, {"0:00:01.1": [KeyPress.FORWARD], "0:00:00.3": [KeyPress.SNAPSHOT]})
    assert len(window.shown) == 12 and window.saved == ["0:00:00.3"]
