"""The screen, with a window that remembers and where there is no display."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from narrowcast import codec
from narrowcast.protocol import StillArrived
from narrowcast.receiver import screen as screen_module
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.screen import Screen
from narrowcast.receiver.window.display import KeyPress
from narrowcast.receiver.window.overlay import Picture
from tests.codec.picture_samples import camera_like
from tests.receiver.frame_samples import decoded_frame
from tests.receiver.window.remembering_window import RememberingWindow
from tests.reporters import RememberingReporter


def test_without_a_display_it_says_so_once_and_takes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    reporter = RememberingReporter()
    screen = Screen(ReceiverConfig(url="tcp://127.0.0.1:1"), reporter)
    screen.show(decoded_frame(capture_sender_us=1), age_ms=10.0)
    screen.note("waiting")
    screen.pump()
    screen.close()
    assert reporter.notices == ["there is no display here; going on without a window"]
    assert not screen.has_window
    assert not screen.closed


def test_no_window_is_not_worth_a_word_where_none_was_wanted() -> None:
    reporter = RememberingReporter()
    Screen(ReceiverConfig(url="tcp://127.0.0.1:1", window=False), reporter).close()
    assert reporter.notices == []


class Clock:
    """The time, as the test has it."""

    def __init__(self) -> None:
        self.now_us = 100_000_000

    def __call__(self) -> int:
        """Now."""
        return self.now_us


@dataclass(kw_only=True)
class Stage:
    """A screen with a window, and the time."""

    screen: Screen
    window: RememberingWindow
    clock: Clock
    reporter: RememberingReporter


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    window, clock, reporter = RememberingWindow(), Clock(), RememberingReporter()
    monkeypatch.setattr(screen_module, "open_window", lambda title: window)
    monkeypatch.setattr(screen_module, "now_us", clock)
    config = ReceiverConfig(url="tcp://127.0.0.1:1", snapshot_dir=tmp_path)
    return Stage(screen=Screen(config, reporter), window=window, clock=clock, reporter=reporter)


def frame(*, painted: bool = False, warning: str = "") -> DecodedFrame:
    """A frame of 64x64."""
    return decoded_frame(capture_sender_us=1, painted=painted, warning=warning)


def pump_after(stage: Stage, seconds: float, *keys: KeyPress) -> list[str]:
    """Let time pass, press keys, and return what the window showed."""
    stage.clock.now_us += round(1e6 * seconds)
    stage.window.keys += keys
    stage.window.said.clear()
    stage.screen.pump()
    return list(stage.window.said)


def test_a_picture_that_nothing_follows_says_why_and_for_how_long(stage: Stage) -> None:
    assert pump_after(stage, 0) == ["waiting for a sender at tcp://127.0.0.1:1"]
    stage.screen.show(frame(), 10.0)
    assert pump_after(stage, 0.9) == []
    stage.screen.note("nothing heard")
    assert pump_after(stage, 3.2) == ["link down 4 s (nothing heard)"]
    assert pump_after(stage, 0.1) == [], "twice a second is enough"


def test_a_paused_picture_says_so_and_a_dead_link_still_shows(stage: Stage) -> None:
    stage.screen.show(frame(), 10.0)
    assert pump_after(stage, 0, KeyPress.PAUSE) == ["paused 0 s"]
    stage.clock.now_us += 2_000_000
    stage.screen.show(frame(), 10.0)
    assert pump_after(stage, 0) == ["paused 2 s"]
    assert pump_after(stage, 4)[0].startswith("link down 4 s")
    stage.screen.show(frame(), 10.0)
    assert pump_after(stage, 0.6, KeyPress.PAUSE) == []
    stage.window.said.clear()
    stage.screen.show(frame(), 10.0)
    assert stage.window.said == ["picture"]


def test_what_a_generator_painted_is_marked_in_window_and_recording(stage: Stage) -> None:
    stage.screen.show(frame(painted=True), 10.0)
    assert stage.window.said[-1] == "marked"
    painted, taken = frame(painted=True), frame()
    assert not np.array_equal(stage.screen.marked(painted), painted.rgb)
    assert stage.screen.marked(taken) is taken.rgb
    stage.screen.show(taken, 10.0)
    assert stage.window.said[-1] == "picture", "the next one may not be painted"


def test_a_snapshot_is_asked_for_and_shown_beside_the_frame(stage: Stage, tmp_path: Path) -> None:
    shown = frame()
    stage.screen.show(shown, 10.0)
    pump_after(stage, 0, KeyPress.SNAPSHOT)
    (sequence,) = stage.screen.take_still_requests()
    assert sequence == shown.arrived.sequence
    png = codec.create_encoder("png", width=64, height=64).encode(camera_like(64, 64)).payload
    stage.screen.still_ended(StillArrived(sequence=sequence, png=png))
    assert stage.window.said[-1] == "pair"
    stage.screen.show(frame(), 10.0)
    assert stage.window.said[-1] == "pair", "it stays for some seconds"
    pump_after(stage, 0.1, KeyPress.STATS)
    stage.screen.show(frame(), 10.0)
    assert stage.window.said[-1] == "picture", "or until a key is pressed"
    assert len(list(tmp_path.glob("*.png"))) == 2


class FakePage:
    """Keeps the warnings; everything else that a page takes is lost."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.marks: list[bool] = []

    def warn(self, text: str) -> None:
        """Keep it."""
        self.warnings.append(text)

    def show(self, rgb: Picture, age_ms: float | None, quality: float, *, marked: bool) -> None:
        """Keep whether it is marked."""
        self.marks.append(marked)


def test_what_the_decoder_warns_of_reaches_people_and_the_page() -> None:
    page, reporter = FakePage(), RememberingReporter()
    config = ReceiverConfig(url="tcp://127.0.0.1:1", window=False)
    screen = Screen(config, reporter, page)  # type: ignore[arg-type]
    for decoded in (frame(painted=True), frame(warning="cannot keep up"), frame(), frame(painted=True)):
        screen.show(decoded, 10.0)
    assert page.warnings == ["", "cannot keep up", ""], "until a network paints again"
    assert page.marks == [True, False, False, True]
    assert reporter.notices == ["cannot keep up; to keep it, use --restore always"]


def test_the_mark_can_be_turned_off() -> None:
    page = FakePage()
    config = ReceiverConfig(url="tcp://127.0.0.1:1", window=False, mark=False)
    screen = Screen(config, RememberingReporter(), page)  # type: ignore[arg-type]
    screen.show(frame(painted=True), 10.0)
    assert page.marks == [False]
    assert screen.marked(frame(painted=True)).shape == (64, 64, 3)
