"""Tests of sender/sources/playback.py: exact times, on a fake clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from narrowcast.runtime.reporting import Notice
from narrowcast.sender.sources.feeds import Feed
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.playback import play, play_video
from narrowcast.sender.sources.video_reader import VideoReader, Viewing
from tests.sender.fake_time import FakeClock
from tests.sender.sources.odd_videos import HEIGHT, WIDTH, disc, with_one_damaged_picture, write


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


def _play_video(
    path: Path, stop_us: int = 60_000_000, *, max_fps: float | None = None, loop: bool = False
) -> tuple[Played, list[str]]:
    played, notices = Played(), list[Notice]()
    play_video(
        lambda: VideoReader(str(path), Viewing(width=WIDTH, height=HEIGHT)),
        played.deliver,
        max_fps=max_fps,
        clock=FakeClock(stop_us),
        loop=loop,
        notice=notices.append,
    )
    return played, [notice.text for notice in notices]


def test_a_video_keeps_its_own_times_pauses_included(tmp_path: Path) -> None:
    times = [0, 0.033, 0.066, 0.1, 2.1, 2.133, 5.0, 5.5]
    played, notices = _play_video(write(tmp_path / "v.mkv", (disc(i) for i in range(8)), times=times))
    assert [(time - played.times_us[0]) / 1e6 for time in played.times_us] == pytest.approx(times, abs=0.002)
    assert played.indices == list(range(8)) and notices == []


@pytest.mark.parametrize(("max_fps", "expected"), [(15, 15), (5, 5), (10, 10), (7, 7), (60, 15)])
def test_a_limit_on_a_videos_pace_holds_on_average(tmp_path: Path, max_fps: float, expected: float) -> None:
    played, _ = _play_video(write(tmp_path / "v.mp4", (disc(i) for i in range(60))), max_fps=max_fps)
    assert len(played.indices) == pytest.approx(4 * expected, abs=2)
    assert all(a < b for a, b in zip(played.indices, played.indices[1:], strict=False))


def test_a_video_in_a_loop_goes_on_counting_without_a_gap(tmp_path: Path) -> None:
    played, _ = _play_video(write(tmp_path / "v.mp4", (disc(i) for i in range(10))), 1_900_000, loop=True)
    assert played.indices == list(range(len(played.indices))) and len(played.indices) >= 27
    assert max(np.diff(played.times_us)) < 70_000


def test_a_machine_that_is_too_slow_leaves_pictures_out_and_keeps_the_pace(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", (disc(i) for i in range(30)))
    clock, played = FakeClock(60_000_000), Played()

    def deliver(picture: Picture, capture_us: int, index: int) -> None:
        played.deliver(picture, capture_us, index)
        clock.advance(150_000)

    play_video(
        lambda: VideoReader(str(path), Viewing(width=WIDTH, height=HEIGHT)),
        deliver, max_fps=None, clock=clock, loop=False, notice=print,
    )  # fmt: skip
    assert 12 <= len(played.indices) <= 16
    assert played.indices[-1] == 29
    assert played.times_us[-1] - played.times_us[0] == pytest.approx(29e6 / 15, abs=2000)


def test_what_did_not_decode_is_told_once(tmp_path: Path) -> None:
    played, notices = _play_video(with_one_damaged_picture(tmp_path / "d.avi"))
    assert len(played.indices) == 29
    assert notices == ["left out 1 pictures of the video that did not decode"]


def test_a_pipe_whose_writer_pauses_goes_on_at_its_pace(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mkv", (disc(i) for i in range(30)))
    clock, played = FakeClock(60_000_000), Played()

    class PausedReader(VideoReader):
        def advance(self) -> bool:
            if self.time_us > 1_000_000 and clock.elapsed_s < 5:
                clock.advance(5_000_000)
            return super().advance()

    play_video(
        lambda: PausedReader(str(path), Viewing(width=WIDTH, height=HEIGHT), live=True),
        played.deliver, max_fps=None, clock=clock, loop=False, notice=print,
    )  # fmt: skip
    assert played.indices == list(range(30)), "what comes late is shown: there is nothing newer"
    steps = np.diff(played.times_us)
    assert sorted(steps)[-1] > 4_000_000 and sorted(steps)[-2] < 70_000


def test_a_machine_that_never_keeps_up_shows_two_pictures_a_second(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mkv", (disc(i) for i in range(60)))
    clock, played = FakeClock(60_000_000), Played()

    class SlowReader(VideoReader):
        def advance(self) -> bool:
            clock.advance(200_000)
            return super().advance()

    play_video(
        lambda: SlowReader(str(path), Viewing(width=WIDTH, height=HEIGHT)),
        played.deliver, max_fps=None, clock=clock, loop=False, notice=print,
    )  # fmt: skip
    assert len(played.indices) == pytest.approx(60 * 0.2 * 2, abs=6)
