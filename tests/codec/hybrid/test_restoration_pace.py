"""Tests of codec/hybrid/restoration_pace.py on a made-up clock: when the generator pauses and is tried."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from narrowcast.codec.hybrid import restoration_pace
from narrowcast.codec.hybrid.restoration_pace import (
    LATE_S,
    LATE_SHARE,
    MAX_PAUSE_FRAMES,
    MIN_MEDIAN_FRAMES,
    MIN_MEDIAN_S,
    PAUSE_FRAMES,
    SLOW_S,
    TRIAL_FRAMES,
    LivePace,
)


class Stream:
    """Pictures that come at a pace, to a decoder whose generator takes a while."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, generator_s: float, interval_s: float = 1 / 15
    ) -> None:
        self.pace = LivePace()
        self.generator_s, self.interval_s = generator_s, interval_s
        self.pauses = 0
        self._now = 0.0
        monkeypatch.setattr(restoration_pace, "time", SimpleNamespace(perf_counter=lambda: self._now))

    def play(self, count: int) -> list[bool]:
        """Decode so many pictures; return which of them the generator ran for."""
        ran = []
        for _ in range(count):
            came = self._now
            ran.append(self.pace.begin())
            if ran[-1]:
                self._now += self.generator_s
                self.pauses += self.pace.restored()
            self._now = max(self._now + 0.01, came + self.interval_s)
        return ran


def test_a_generator_that_keeps_up_runs_for_every_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(monkeypatch, generator_s=0.06)
    assert all(stream.play(200))
    assert stream.pace.shown


def test_one_that_does_not_is_paused_after_a_second_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(monkeypatch, generator_s=0.18)
    judged = math.ceil(MIN_MEDIAN_S / 0.18)
    assert stream.play(100) == [True] * judged + [False] * (100 - judged)
    assert not stream.pace.shown
    assert stream.pauses == 1
    assert stream.pace.seconds == pytest.approx(0.18)


def test_one_that_is_very_slow_is_judged_by_a_few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(Stream(monkeypatch, generator_s=2.0).play(100)) == MIN_MEDIAN_FRAMES


def test_a_stream_with_time_to_spare_keeps_a_slow_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(Stream(monkeypatch, generator_s=2 * SLOW_S, interval_s=3 * SLOW_S).play(100))


@pytest.mark.parametrize(("share", "rests"), [(LATE_SHARE + 0.1, True), (LATE_SHARE - 0.1, False)])
def test_one_that_makes_each_picture_late_rests_unless_pictures_are_rare(
    monkeypatch: pytest.MonkeyPatch, share: float, rests: bool
) -> None:
    late_s = LATE_S + 0.05  # as a busy machine makes it, where network and encoder take their time too
    ran = Stream(monkeypatch, generator_s=late_s, interval_s=late_s / share).play(40)
    assert all(ran) is not rests
    assert ran[:MIN_MEDIAN_FRAMES] == [True] * MIN_MEDIAN_FRAMES


def test_a_trial_that_is_late_at_once_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(monkeypatch, generator_s=0.6)
    judged = MIN_MEDIAN_FRAMES
    assert sum(stream.play(judged + PAUSE_FRAMES - 1)) == judged
    assert stream.play(20) == [True] + [False] * 19
    assert not stream.pace.shown


def test_one_slow_picture_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(monkeypatch, generator_s=0.06)
    stream.play(30)
    stream.generator_s = 3.0
    stream.play(1)
    stream.generator_s = 0.06
    assert all(stream.play(50))


def test_it_is_tried_again_unseen_and_taken_up_where_the_machine_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Stream(monkeypatch, generator_s=0.18)
    stream.play(math.ceil(MIN_MEDIAN_S / 0.18))
    stream.generator_s = 0.05
    assert not any(stream.play(PAUSE_FRAMES - 1))
    assert stream.play(TRIAL_FRAMES - 1) == [True] * (TRIAL_FRAMES - 1)
    assert not stream.pace.shown, "texture that may go again would flash"
    assert all(stream.play(50))
    assert stream.pace.shown


def test_each_trial_in_vain_makes_the_next_one_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(monkeypatch, generator_s=0.18)
    stream.play(math.ceil(MIN_MEDIAN_S / 0.18) + PAUSE_FRAMES - 1 + TRIAL_FRAMES)
    assert not any(stream.play(2 * PAUSE_FRAMES - 1))
    assert stream.play(1) == [True]
    assert stream.pauses == 1, "it is said once"
    assert sum(stream.play(8 * MAX_PAUSE_FRAMES)) <= 14 * TRIAL_FRAMES
