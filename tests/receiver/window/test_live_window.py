"""What the window on a live stream shows, and what its keys do, with a window that remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.recording.snapshots import Snapshot
from narrowcast.receiver.window.display import KeyPress
from narrowcast.receiver.window.live_window import LiveWindow
from narrowcast.receiver.window.overlay import Picture
from tests.codec.picture_samples import flat
from tests.receiver.frame_samples import decoded_frame
from tests.receiver.window.remembering_window import RememberingWindow

SECOND_US = 1_000_000
DEAD = StaleNote(headline="link down 4 s", detail="nothing heard")


class Stage:
    """A live window and what it was asked for."""

    def __init__(self) -> None:
        self.window = RememberingWindow()
        self.wanted: list[DecodedFrame] = []
        self.live = LiveWindow(
            self.window,
            is_marked=lambda decoded: decoded.arrived.sequence == 7,
            on_snapshot=self.wanted.append,
        )

    def show(self, now_us: int, sequence: int = 1) -> list[str]:
        """Show a picture; returns what the window drew."""
        self.window.said.clear()
        self.live.show(decoded_frame(sequence=sequence), 10.0, now_us)
        return self.window.said

    def pump(self, now_us: int, *keys: KeyPress, note: StaleNote | None = None) -> list[str]:
        """Press keys; returns what the window drew."""
        self.window.said.clear()
        self.window.keys += keys
        self.live.pump(note, now_us)
        return self.window.said


@pytest.fixture
def stage() -> Stage:
    return Stage()


def snapshot(exact: Picture | None) -> Snapshot:
    return Snapshot(
        sequence=1,
        painted=False,
        path=Path("a.png"),
        shown_path=Path("a-shown.png"),
        shown=flat(64, 64),
        shown_png=b"",
        state="",
        exact=exact,
    )


def test_a_picture_is_drawn_with_its_mark_and_the_statistics(stage: Stage) -> None:
    assert stage.show(0) == ["picture"]
    stage.live.set_statistics(["15 fps"])
    assert stage.show(0, sequence=7) == ["marked 15 fps"]


def test_the_banner_of_a_dead_link_is_renewed_twice_a_second(stage: Stage) -> None:
    stage.show(0)
    assert stage.pump(SECOND_US, note=DEAD) == ["link down 4 s (nothing heard)"]
    assert stage.pump(SECOND_US + 400_000, note=DEAD) == []
    assert stage.pump(SECOND_US + 500_000, note=DEAD) == ["link down 4 s (nothing heard)"]


def test_a_pause_counts_its_seconds_and_holds_the_pictures_back(stage: Stage) -> None:
    stage.show(0)
    assert stage.pump(SECOND_US, KeyPress.PAUSE) == ["paused 0 s"]
    assert stage.show(2 * SECOND_US) == []
    assert stage.pump(3 * SECOND_US) == ["paused 2 s"]
    assert stage.pump(4 * SECOND_US, KeyPress.PAUSE) == []
    assert stage.show(4 * SECOND_US) == ["picture"]


def test_the_key_for_a_snapshot_takes_the_picture_that_is_shown(stage: Stage) -> None:
    stage.pump(0, KeyPress.SNAPSHOT)
    assert stage.wanted == [], "nothing is shown yet"
    stage.show(0, sequence=3)
    stage.pump(0, KeyPress.PAUSE)
    stage.show(0, sequence=4)
    stage.pump(0, KeyPress.SNAPSHOT)
    assert [decoded.arrived.sequence for decoded in stage.wanted] == [3]


def test_a_snapshot_stays_beside_its_exact_frame_for_seconds_or_until_a_key(stage: Stage) -> None:
    stage.live.show_snapshot(snapshot(None), 0)
    assert stage.show(0) == ["picture"], "the exact frame has not come yet"
    stage.live.show_snapshot(snapshot(flat(64, 64)), 0)
    assert stage.window.said[-1] == "pair"
    assert stage.show(7 * SECOND_US) == []
    assert stage.show(8 * SECOND_US) == ["picture"]
    stage.live.show_snapshot(snapshot(flat(64, 64)), 9 * SECOND_US)
    stage.pump(9 * SECOND_US, KeyPress.STATS)
    assert stage.show(9 * SECOND_US) == ["picture"]


def test_the_key_that_quits_closes_it(stage: Stage) -> None:
    assert not stage.live.closed
    stage.pump(0, KeyPress.QUIT)
    assert stage.live.closed
