"""The frames that a viewer has and has not decoded yet."""

from __future__ import annotations

import pytest

from narrowcast.fabric.viewer import backlog as backlog_module
from narrowcast.fabric.viewer.backlog import FOLLOW_BEHIND, Backlog
from tests.fabric.fabric_samples import frames, unpacked


def taken(backlog: Backlog) -> list[tuple[int, bool]]:
    found = []
    while (following := backlog.take()) is not None:
        found.append((following.frame.sequence, following.wanted))
    return found


def test_frames_come_in_order_each_once() -> None:
    backlog, sent = Backlog(), unpacked(frames(4))
    assert [backlog.put(each) for each in [*sent, *sent]] == [True] * 4 + [False] * 4
    assert len(backlog) == 4
    assert taken(backlog) == [(number, True) for number in range(4)]
    assert backlog.take() is None and backlog.missed == 0


def test_of_many_frames_only_the_newest_are_painted() -> None:
    backlog = Backlog()
    for each in unpacked(frames(60, keyframe_every=100)):
        backlog.put(each)
    found = taken(backlog)
    assert [sequence for sequence, _ in found] == list(range(60)), "the chain is followed whole"
    assert [sequence for sequence, wanted in found if wanted] == list(range(60 - FOLLOW_BEHIND - 1, 60))


def test_who_falls_behind_skips_to_the_newest_keyframe() -> None:
    backlog = Backlog()
    for each in unpacked(frames(13)):
        backlog.put(each)
    assert taken(backlog) == [(10, True), (11, True), (12, True)] and backlog.missed == 10


def test_a_stream_of_keyframes_shows_the_newest() -> None:
    backlog = Backlog()
    for each in unpacked(frames(9, keyframe_every=1)):
        backlog.put(each)
    assert taken(backlog) == [(8, True)]


def test_a_hole_waits_for_a_keyframe() -> None:
    backlog, sent = Backlog(), unpacked(frames(7))
    for each in [sent[0], *sent[2:5]]:
        backlog.put(each)
    assert backlog.awaiting_keyframe and taken(backlog) == [(0, True)]
    assert backlog.put(sent[5]) and not backlog.awaiting_keyframe


def test_a_decoder_that_lost_its_state_gets_a_keyframe_next() -> None:
    backlog, sent = Backlog(), unpacked(frames(7))
    for each in sent[:3]:
        backlog.put(each)
    assert backlog.take() is not None
    backlog.lose()
    assert backlog.awaiting_keyframe and backlog.take() is None and backlog.missed == 2
    for each in sent[3:]:
        backlog.put(each)
    backlog.lose()
    assert not backlog.awaiting_keyframe, "one waits already"
    assert taken(backlog) == [(5, True), (6, True)]


@pytest.mark.parametrize(("limit", "value"), [("MAX_WAITING", 20), ("MAX_WAITING_BYTES", 2000)])
def test_a_decoder_that_has_stopped_fills_no_memory(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog_module, limit, value)
    backlog = Backlog()
    for each in unpacked(frames(60, keyframe_every=50)):
        backlog.put(each)
    assert len(backlog) == 10 and backlog.missed >= 20
    assert taken(backlog)[0][0] == 50
