"""Times that a message says of itself."""

from __future__ import annotations

from narrowcast.protocol.wire.messages import FrameMessage


def test_a_frame_was_sent_its_delay_after_its_picture_was_taken() -> None:
    frame = FrameMessage(sequence=1, capture_sender_us=5_000, send_delay_us=700, payload=b"")
    assert frame.send_sender_us == 5_700
