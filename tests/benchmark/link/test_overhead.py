"""Headers a frame out of the sender's statistics and the link's counters, on times of our own."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.link.overhead import (
    SenderSecond,
    frame_overhead,
    keyframes_after_first,
    sender_second,
)
from narrowcast.benchmark.network.wire_counter import WireSample, WireTrace

SECOND_US = 1_000_000
LINE = {"event": "second", "coded": 15, "keyframes": 1, "payload_bytes": 6000, "fps": 15.0}


def seconds(count: int, *, frames: int = 10, payload_bytes: int = 4000) -> list[SenderSecond]:
    """Seconds of a sender that each end half a second after a full one."""
    return [
        SenderSecond(
            end_us=index * SECOND_US + SECOND_US // 2,
            frames=frames,
            keyframes=int(index == 0),
            payload_bytes=payload_bytes,
        )
        for index in range(count)
    ]


def wire(count: int, *, sent_bytes: int, received_bytes: int) -> WireTrace:
    """So many bytes a second, each way."""
    return WireTrace(
        [
            WireSample(
                at_us=index * SECOND_US, sent_bytes=index * sent_bytes, received_bytes=index * received_bytes
            )
            for index in range(count)
        ]
    )


def test_what_is_no_payload_is_shared_out_among_the_frames() -> None:
    trace = wire(12, sent_bytes=5000, received_bytes=700)
    overhead = frame_overhead(seconds(11), trace, 2 * SECOND_US, 9 * SECOND_US)
    assert overhead is not None
    assert overhead.sent_bytes == pytest.approx((5000 - 4000) / 10)
    assert overhead.received_bytes == pytest.approx(70)


def test_without_statistics_frames_or_counters_nothing_is_said() -> None:
    trace = wire(12, sent_bytes=5000, received_bytes=700)
    assert frame_overhead([], trace, 0, 9 * SECOND_US) is None
    assert frame_overhead(seconds(1), trace, 0, 9 * SECOND_US) is None
    assert frame_overhead(seconds(5, frames=0), trace, 0, 9 * SECOND_US) is None
    assert frame_overhead(seconds(5), WireTrace([]), 0, 9 * SECOND_US) is None


def test_only_a_senders_seconds_are_taken() -> None:
    found = sender_second(LINE, 7)
    assert found == SenderSecond(end_us=7, frames=15, keyframes=1, payload_bytes=6000)
    assert sender_second({**LINE, "event": "summary"}, 7) is None
    assert sender_second({"event": "second", "received": 15}, 7) is None
    assert sender_second({"event": "shown"}, 7) is None


def test_keyframes_are_counted_behind_the_first() -> None:
    told = [
        SenderSecond(end_us=index, frames=15, keyframes=keyframes, payload_bytes=1)
        for index, keyframes in enumerate([1, 0, 2, 0, 1])
    ]
    assert keyframes_after_first(told, 4) == 2
    assert keyframes_after_first(told, 9) == 3
    assert keyframes_after_first(seconds(4), 9 * SECOND_US) == 0
    assert keyframes_after_first([], 9) is None
