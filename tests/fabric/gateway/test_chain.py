"""The frames since the last keyframe, and receivers at their own pace."""

from __future__ import annotations

import pytest

from narrowcast.fabric.gateway import chain as chain_module
from narrowcast.fabric.gateway.chain import Cursor, FrameChain
from tests.fabric.fabric_samples import frames, unpacked


def taken(chain: FrameChain, cursor: Cursor, most: int = 100) -> list[int]:
    found: list[int] = []
    while len(found) < most and (frame := chain.next_frame(cursor, keyframe=False)) is not None:
        chain.taken(cursor)
        found.append(frame.sequence)
    return found


def test_each_receiver_goes_on_at_its_own_pace() -> None:
    chain, fast, slow = FrameChain(), Cursor(), Cursor()
    sent = unpacked(frames(13))
    for each in sent[:4]:
        assert chain.put(each) and not chain.put(each)
    assert taken(chain, fast) == [0, 1, 2, 3] and taken(chain, slow, 2) == [0, 1]
    chain.put(sent[4])
    assert taken(chain, fast) == [4] and taken(chain, slow, 1) == [2]
    for each in sent[5:]:
        chain.put(each)
    assert taken(chain, slow) == list(range(10, 13)), "who is behind goes on at the newest keyframe"
    assert taken(chain, Cursor()) == list(range(10, 13)), "and who comes begins there"


def test_a_receiver_that_lost_its_chain_waits_for_a_keyframe() -> None:
    chain, cursor = FrameChain(), Cursor()
    sent = unpacked(frames(7))
    for each in sent[:3]:
        chain.put(each)
    assert taken(chain, cursor, 2) == [0, 1]
    assert chain.next_frame(cursor, keyframe=True) is None
    for each in sent[3:]:
        chain.put(each)
    frame = chain.next_frame(cursor, keyframe=True)
    assert frame is not None and frame.sequence == 5


def test_a_hole_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, cursor = FrameChain(), Cursor()
    sent = unpacked(frames(7))
    assert [chain.put(each) for each in [sent[0], *sent[2:6]]] == [True, False, False, False, True]
    assert taken(chain, cursor) == [5]
    monkeypatch.setattr(chain_module, "MAX_FRAMES", 2)
    full = FrameChain()
    for each in sent[:5]:
        full.put(each)
    assert taken(full, Cursor()) == [0, 1]
