"""The frame made under a grant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.protocol.session.grant import FrameGrant
from tests.protocol.sending import receiver_state

GRANT = FrameGrant(
    sequence=7,
    keyframe=False,
    payload_bytes=None,
    usual_payload_bytes=None,
    frame_interval_us=50_000,
    rate_bps=None,
    receivers=frozenset({1}),
    newest_session=1,
    chain_sequence=6,
)


def test_a_frame_carries_what_was_granted_and_what_was_coded() -> None:
    frame = GRANT.frame(
        payload=b"x", keyframe=False, capture_sender_us=123, encode_us=9, droppable=True, quality=0.25
    )
    assert frame.sequence == 7
    assert (frame.capture_sender_us, frame.encode_us, frame.quality_permille) == (123, 9, 250)
    assert (frame.payload, frame.keyframe, frame.droppable) == (b"x", False, True)


@pytest.mark.parametrize(
    ("chain_sequence", "keyframe", "distance"), [(6, False, 1), (4, False, 3), (4, True, 1)]
)
def test_chain_distance_skips_droppable_frames(chain_sequence: int, keyframe: bool, distance: int) -> None:
    grant = replace(GRANT, chain_sequence=chain_sequence)
    frame = grant.frame(payload=b"x", keyframe=keyframe, capture_sender_us=0)
    assert frame.chain_distance == distance


def test_a_grant_holds_for_those_who_had_credit_and_those_who_got_it_but_not_for_newcomers() -> None:
    state = receiver_state()
    assert GRANT.is_for(state)
    later = replace(GRANT, receivers=frozenset())
    assert later.is_for(state)
    assert not later.is_for(replace(state, session=2))
