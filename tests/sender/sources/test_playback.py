"""Tests of sender/sources/playback.py: exact times, on a fake clock."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from sender.sources.feeds import Feed
from sender.sources.fit import Picture
from sender.sources.playback import play
from tests.sender.fake_time import FakeClock


@dataclass
class SlowFeed:
    """A feed of `count` pictures, each holding its number, that takes time to read."""

    clock: FakeClock
    count: int
    fps: float
    read_us: list[int] = field(default_factory=lambda: [0])
    "microseconds that reads take, in turn"
    pictures_seen: int = 0
    laps: int = 1
    reads: int = 0

    def picture(self, index: int) -> Picture | None:
        self.pictures_seen = min(self.count, max(self.pictures_seen, index + 1))
        if index >= self.count:
            return None
        self.clock.advance(self.read_us[self.reads % len(self.read_us)])
        self.reads += 1
        return np.full((2, 2, 3), index, np.uint8)

    def rewind(self) -> None:
        self.pictures_seen = 0
        self.laps += 1

    def close(self) -> None:
        pass


@dataclass
class Played:
    """What was delivered."""

    times_us: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)

    def deliver(self, picture: Picture, capture_sender_us: int, index: int) -> None:
        self.times_us.append(capture_sender_us)
        self.numbers.append(int(picture[0, 0, 0]))
        self.indices.append(index)


def _play(feed: SlowFeed, fps: float, loop: bool = False) -> Played:
    played = Played()
    as_feed: Feed = feed
    play(as_feed, played.deliver, fps=fps, clock=feed.clock, loop=loop)
    return played


def test_pictures_are_due_at_exact_multiples_of_the_period() -> None:
    played = _play(SlowFeed(FakeClock(60_000_000), 150, 15, [3_000, 20_000, 1_000]), 15)
    assert played.indices == list(range(150))
    start = played.times_us[0]
    assert played.times_us == [start + round(tick * 1e6 / 15) for tick in range(150)]


@pytest.mark.parametrize(("own", "asked"), [(30, 15), (30, 20), (25, 10), (30, 29.97), (29.97, 10)])
def test_a_lower_pace_passes_frames_over_and_takes_as_long(own: float, asked: float) -> None:
    played = _play(SlowFeed(FakeClock(60_000_000), 200, own), asked)
    seconds = 200 / own
    assert len(played.indices) == pytest.approx(seconds * asked, abs=1)
    for index, time_us in zip(played.indices, played.times_us, strict=True):
        assert index / own == pytest.approx((time_us - played.times_us[0]) / 1e6, abs=1 / own + 1e-5)


def test_a_feed_that_falls_behind_leaves_out_pictures_and_keeps_its_pace() -> None:
    played = _play(SlowFeed(FakeClock(60_000_000), 150, 15, [10_000] * 50 + [200_000] + [10_000] * 99), 15)
    assert 145 <= len(played.indices) < 150
    assert played.times_us[-1] - played.times_us[0] == round(149 * 1e6 / 15)
    assert played.numbers == played.indices


def test_a_loop_goes_on_counting_at_the_same_pace() -> None:
    feed = SlowFeed(FakeClock(1_950_000), 10, 10)
    played = _play(feed, 10, loop=True)
    assert feed.laps == 3, "the next picture is read before it is due"
    assert played.indices == list(range(20))
    assert played.numbers == [*range(10), *range(10)]
    assert set(np.diff(played.times_us)) == {100_000}


def test_a_loop_over_nothing_ends() -> None:
    assert _play(SlowFeed(FakeClock(2_000_000), 0, 10), 10, loop=True).indices == []


def test_closing_ends_it_between_two_pictures() -> None:
    played = _play(SlowFeed(FakeClock(1_050_000), 100, 10), 10)
    assert played.indices == list(range(11))
