"""What the receiver's thread publishes for browsers, and the stills that they fetch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.protocol import StreamParameters
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.recording.snapshots import Snapshot
from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import Button
from narrowcast.receiver.web.view import MAX_STILLS, StillCache, WebView
from tests.codec.picture_samples import flat


@pytest.fixture
def view() -> Iterator[WebView]:
    view = WebView(name="tcp://camera:5555")
    yield view
    view.close()


def newest(view: WebView, kind: str) -> dict[str, object]:
    """The fields of the newest text of a kind."""
    messages = [json.loads(text) for text in view.hub.updates(0).texts]
    fields: dict[str, object] = [message for message in messages if message["kind"] == kind][-1]
    return fields


def test_the_last_stills_are_found_by_name() -> None:
    stills = StillCache()
    for number in range(MAX_STILLS + 1):
        stills.put(f"{number}.png", bytes([number]))
    assert stills.find("0.png") is None
    assert stills.find(f"{MAX_STILLS}.png") == bytes([MAX_STILLS])
    assert stills.find("../secret-key") is None


def test_a_page_begins_with_its_name_and_without_a_recording(view: WebView) -> None:
    assert newest(view, "run")["name"] == "tcp://camera:5555"
    assert newest(view, "recording")["file"] is None


def test_a_stream_tells_what_it_is_and_not_whether_its_pictures_are_painted(view: WebView) -> None:
    view.stream(StreamParameters(width=64, height=48, fps=15.0, codec="hybrid"))
    assert newest(view, "stream")["codec"] == "hybrid" and "marked" not in newest(view, "stream")


def test_the_same_warning_is_published_once(view: WebView) -> None:
    view.warn("")
    version = view.hub.updates(0).version
    view.warn("cannot keep up")
    view.warn("cannot keep up")
    assert len(view.hub.updates(version).texts) == 1
    assert newest(view, "warning")["text"] == "cannot keep up"


def test_only_changes_of_staleness_and_recording_are_published(view: WebView) -> None:
    view.stale(StaleNote(headline="link down 4 s"))
    view.recording("yard.mp4")
    version = view.hub.updates(0).version
    view.stale(StaleNote(headline="link down 4 s"))
    view.recording("yard.mp4")
    assert view.hub.updates(version).texts == ()
    view.stale(None)
    assert newest(view, "link") == {"kind": "link", "live": True}


def test_a_snapshot_brings_the_exact_picture_when_it_has_come(view: WebView) -> None:
    fetching = Snapshot(
        sequence=5,
        painted=True,
        path=Path("a.png"),
        shown_path=Path("a-shown.png"),
        shown=flat(64, 64),
        shown_png=b"shown",
        state="fetching",
    )
    view.snapshot(fetching)
    assert newest(view, "still") == {
        "kind": "still",
        "text": "fetching",
        "share": 0.0,
        "marked": True,
        "shown": "a-shown.png",
    }
    assert view.stills.find("a-shown.png") == b"shown" and view.stills.find("a.png") is None
    view.snapshot(Snapshot(**{**vars(fetching), "share": None, "exact_png": b"exact"}))
    assert newest(view, "still")["exact"] == "a.png"
    assert view.stills.find("a.png") == b"exact"


def test_buttons_come_out_once_and_pictures_are_numbered(view: WebView) -> None:
    view.hub.press(Button.RECORD)
    assert view.take_pressed() == [Button.RECORD] and view.take_pressed() == []
    view.show(flat(64, 64), 40.0, 0.5)
    view.show(flat(64, 64), None, 0.5)
    assert view.hub.picture is not None and view.hub.picture.number == 2


def test_what_is_chosen_is_published_with_the_limits_of_the_settings(view: WebView) -> None:
    chosen = StreamChoice(restore="never", max_kbps=64.0, max_fps=0.0)
    view.choice(chosen, StreamChoice(max_kbps=100.0, max_fps=0.0), allowed=True)
    fields = newest(view, "choice")
    assert (fields["allowed"], fields["restore"], fields["max_kbps"]) == (True, "never", 64)
    assert (fields["most_kbps"], fields["max_fps"], fields["most_fps"]) == (100, 0, 0)
    view.hub.wish(StreamChoice(max_fps=5))
    assert view.take_wishes() == [StreamChoice(max_fps=5)]
