"""What the receiver says about its sender."""

from __future__ import annotations

import pytest

from narrowcast.protocol import (
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    NoAnswer,
    PeerIncompatible,
    ReceiverEvent,
    Rejected,
    StreamParameters,
)
from narrowcast.receiver.notices import notice_of

URL = "tcp://camera:5555"
STREAM = StreamParameters(width=640, height=360, fps=15.0, codec="gan")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (LinkUp(stream=STREAM, session=1), "receiving 640x360 at 15 fps, coded with gan"),
        (LinkDown(reason="it is gone", ended=False), f"it is gone; waiting for a sender at {URL}"),
        (Rejected(code=2, text="no such codec", final=True), "the sender turned us away: no such codec"),
        (
            NoAnswer(waited_us=5_000_000),
            f"waiting for a sender at {URL} (nothing answers yet); still trying",
        ),
        (PeerIncompatible(peer=b"", text="two receivers"), "two receivers"),
        (KeyframeRequested(reason="garbage"), "waiting for a keyframe: garbage"),
        (FramesMissed(count=3), None),
    ],
)
def test_each_event_has_its_line_or_none(event: ReceiverEvent, text: str | None) -> None:
    notice = notice_of(event, URL)
    assert (None if notice is None else notice.text) == text
