"""Tests of receiver/link_state.py."""

from __future__ import annotations

from narrowcast.receiver.link_state import STALE_AFTER_US, LinkState

SECOND_US = 1_000_000


def test_before_the_first_picture_it_says_what_is_waited_for() -> None:
    state = LinkState("tcp://camera:5555")
    note = state.stale_note(0)
    assert note is not None and note.headline == "waiting for a sender at tcp://camera:5555"
    state.note("the key of this machine is not allowed there")
    note = state.stale_note(0)
    assert note is not None and "not allowed" in note.headline


def test_a_picture_is_live_for_a_second() -> None:
    state = LinkState("tcp://camera:5555")
    state.linked = True
    state.picture(0)
    assert state.stale_note(STALE_AFTER_US) is None
    note = state.stale_note(2 * SECOND_US)
    assert note is not None and (note.headline, note.detail) == ("no picture for 2 s", "")


def test_a_link_that_is_down_is_counted_and_explained() -> None:
    state = LinkState("tcp://camera:5555")
    state.picture(0)
    state.note("nothing heard from the sender for 1.1 s")
    note = state.stale_note(4_900_000)
    assert note is not None
    assert (note.headline, note.detail) == ("link down 4 s", "nothing heard from the sender for 1.1 s")
