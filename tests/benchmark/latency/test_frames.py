"""Both ends' notes of a frame, and whether the two methods agree."""

from __future__ import annotations

from narrowcast.benchmark.latency.frames import Agreement, DrawnFrame, compare_methods, join_frames
from narrowcast.benchmark.shown import ShownFrame
from tests.benchmark.latency.samples import frame_latency


def shown(number: int | None, *, capture_us: int | None = 1_000, sent_us: int | None = 25_000) -> ShownFrame:
    """A frame that was shown at 60 ms."""
    return ShownFrame(
        capture_sender_us=501_000,
        number=number,
        shown_us=60_000,
        capture_us=capture_us,
        wait_us=4_000,
        encode_us=20_000,
        sent_us=sent_us,
        receive_us=27_000,
        decode_us=30_000,
    )


def test_the_stages_add_up_to_the_whole() -> None:
    (frame,) = join_frames([DrawnFrame(number=7, drawn_us=3_000)], [shown(7)])
    assert frame.by_stamps_ms == 59.0
    assert frame.by_number_ms == 57.0
    assert frame.difference_ms == 2.0
    stages = (frame.wait_ms, frame.encode_ms, frame.network_ms, frame.decode_ms, frame.display_ms)
    assert stages == (4.0, 20.0, 2.0, 30.0, 3.0)
    assert sum(stages) == frame.by_stamps_ms


def test_a_number_that_was_never_drawn_or_not_read_tells_nothing() -> None:
    frames = join_frames([DrawnFrame(number=7, drawn_us=3_000)], [shown(8), shown(None)])
    assert [frame.by_number_ms for frame in frames] == [None, None]
    assert [frame.difference_ms for frame in frames] == [None, None]


def test_frames_before_the_clock_is_known_are_left_out() -> None:
    assert join_frames([], [shown(7, capture_us=None), shown(7, sent_us=None)]) == []


def test_the_methods_agree_within_a_frame_interval() -> None:
    near, far, unread = frame_latency(50, 49), frame_latency(50, 120), frame_latency(50, None)
    assert compare_methods([near, unread], 66.7).holds
    found = compare_methods([near, far, unread], 66.7)
    assert found == Agreement(compared=2, agreeing=1, largest_ms=70.0)
    assert not found.holds
    assert not compare_methods([unread], 66.7).holds
    assert not compare_methods([], 66.7).holds
