"""Where frames lie on a recording's own time."""

from __future__ import annotations

from narrowcast.receiver.recording.timeline import ArrivalTimeline, Timeline

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


def test_over_gaps_and_other_senders_our_clock_counts() -> None:
    timeline = ArrivalTimeline()
    hour_us = 3600 * SECOND_US
    assert timeline.place(50, 7 * SECOND_US, 1) == 0
    assert timeline.place(50 + 100_000, 7 * SECOND_US + 100_000, 1) == 100_000
    assert timeline.place(50 + hour_us, 7 * SECOND_US + hour_us, 1) == hour_us
    assert timeline.place(3, 8 * SECOND_US + hour_us, 2) == hour_us + SECOND_US
    assert timeline.place(-5 * SECOND_US, 9 * SECOND_US + hour_us, 2) == hour_us + 2 * SECOND_US


def test_the_pace_of_capture_is_kept_however_arrivals_waver() -> None:
    timeline = ArrivalTimeline()
    places = [
        timeline.place(number * 66_000, number * 66_000 + number % 3 * 300_000, 1) for number in range(600)
    ]
    steps = [later - earlier for earlier, later in zip(places, places[1:], strict=False)]
    assert max(abs(step - 66_000) for step in steps) < 10_000


def test_a_clock_that_drifts_is_followed_over_a_day() -> None:
    """The sender's clock gains a second in an hour; the time stays within milliseconds of ours."""
    timeline = ArrivalTimeline()
    for number in range(60_000):
        local_us = number * 66_000
        time_us = timeline.place(local_us + local_us // 3600, local_us, 1)
    assert abs(time_us - local_us) < 5_000


def test_its_time_never_stands_still_nor_falls() -> None:
    timeline = ArrivalTimeline()
    places = [timeline.place(time_us, 5, 1) for time_us in (3, 3, 4, -9 * SECOND_US, -9 * SECOND_US)]
    assert places == sorted(set(places))
