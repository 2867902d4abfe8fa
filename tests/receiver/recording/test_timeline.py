"""Where frames lie on a recording's own time."""

from __future__ import annotations

from receiver.recording.timeline import Timeline

SECOND_US = 1_000_000


def _places(times_us: list[int], start_us: int = 0) -> list[int]:
    timeline = Timeline(10, start_us)
    return [timeline.place(time_us) for time_us in times_us]


def test_capture_times_are_kept_from_the_start_on() -> None:
    assert _places([7 * SECOND_US, 7_100_000, 9_000_000], 50) == [50, 100_050, 2_000_050]


def test_a_leap_or_a_fall_is_one_frame() -> None:
    assert _places([0, 11 * SECOND_US, 5]) == [0, 100_000, 200_000]


def test_no_two_frames_are_at_one_time() -> None:
    assert _places([3, 3, 4]) == [0, 1000, 2000]
