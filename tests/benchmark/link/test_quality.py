"""Kept pictures find their originals, whatever the clip's pace, lap and the sender's first picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from narrowcast.benchmark.errors import ClipError
from narrowcast.benchmark.link.quality import PlayedClip, open_clip, score_pictures
from narrowcast.codec import Rgb
from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.runtime.picture_files import write_png
from narrowcast.sender.sources.feeds import VideoFeed
from narrowcast.sender.sources.playback import play
from narrowcast.sender.sources.spec import DEMO_CLIP
from tests.benchmark.bench_samples import make_picture, write_video
from tests.codec.metrics.network_samples import with_noise
from tests.sender.fake_time import FakeClock

FRAMES = 12


@pytest.fixture
def clip(tmp_path: Path) -> PlayedClip:
    write_video(tmp_path / "clip.avi", FRAMES, width=128, height=96, fps=25.0)
    return open_clip(tmp_path / "clip.avi", width=128, height=96, fps=15.0)


def played(clip: PlayedClip, seconds: float) -> list[tuple[Rgb, int, int]]:
    """What a sender's source gives: picture, capture time, number."""
    clock = FakeClock(stop_us=round(1e6 * seconds))
    given: list[tuple[Rgb, int, int]] = []

    def deliver(picture: Rgb, capture_us: int, index: int) -> None:
        given.append((picture, capture_us, index))

    play(VideoFeed(str(clip.path)), deliver, fps=clip.fps, clock=clock, loop=True)
    return given


@pytest.mark.parametrize("missed", [0, 1, 5])
def test_numbers_and_pictures_are_those_that_the_source_played(clip: PlayedClip, missed: int) -> None:
    given = played(clip, seconds=3)[missed:]
    assert len(given) > 2 * FRAMES * 15 / 25
    _, first_capture_us, first_index = given[0]
    indices = [
        clip.index_at(capture_us, first_capture_us=first_capture_us, first_index=first_index)
        for _, capture_us, _ in given
    ]
    assert indices == [index for _, _, index in given]
    found = clip.pictures(indices)
    for picture, _, index in given:
        assert (found[index] == picture).all()


def test_a_slow_clip_is_played_at_its_own_pace(tmp_path: Path) -> None:
    write_video(tmp_path / "slow.avi", 4, fps=5.0)
    assert open_clip(tmp_path / "slow.avi", width=128, height=96, fps=15.0).fps == 5.0


def test_without_a_name_it_is_the_bundled_clip() -> None:
    assert open_clip(None, width=640, height=360, fps=15.0).path == DEMO_CLIP


def test_a_clip_that_cannot_be_played_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video", encoding="utf-8")
    for name in ("text.mp4", "gone.mp4"):
        with pytest.raises(ClipError, match=name):
            open_clip(tmp_path / name, width=128, height=96, fps=15.0)


def test_the_score_is_the_mean_over_the_pictures(tmp_path: Path) -> None:
    references = {index: make_picture(index) for index in (3, 7)}
    candidates = {3: with_noise(references[3], 5), 7: with_noise(references[7], 20)}
    for index, picture in candidates.items():
        write_png(tmp_path / f"{index}.png", picture)
    kept = {index: tmp_path / f"{index}.png" for index in references}
    scores = score_pictures(kept, references, {"psnr": psnr})
    expected = np.mean([psnr(references[index], [candidates[index]])[0] for index in references])
    assert scores == {"psnr": pytest.approx(expected)}


def test_nothing_kept_gives_no_score() -> None:
    assert score_pictures({}, {}, {"psnr": psnr}) == {}
