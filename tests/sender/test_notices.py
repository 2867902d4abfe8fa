"""What the sender says about its receivers."""

from __future__ import annotations

import pytest

from narrowcast.protocol import (
    FrameAcknowledged,
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    RejectCode,
    SenderEvent,
)
from narrowcast.sender.notices import notice_of


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ReceiverJoined(peer=b"", session=2, name="den"), "receiver 2 (den) joined"),
        (ReceiverJoined(peer=b"", session=2, name=""), "receiver 2 joined"),
        (ReceiverLeft(peer=b"", session=2, reason="it is gone"), "receiver 2 left: it is gone"),
        (
            ReceiverStalled(peer=b"", session=2, stalled_us=2_400_000),
            "receiver 2 has taken no frame for 2 s",
        ),
        (
            ReceiverRejected(peer=b"", code=RejectCode.FULL, text="no place"),
            "a receiver was turned away: no place",
        ),
        (PeerIncompatible(peer=b"", text="two senders"), "two senders"),
        (FrameAcknowledged(peer=b"", sequence=1, frame_bytes=1, network_us=1, hold_us=0), None),
    ],
)
def test_each_event_has_its_line_or_none(event: SenderEvent, text: str | None) -> None:
    notice = notice_of(event)
    assert (None if notice is None else notice.text) == text
