"""Tests of deinterlacer.py: interlaced frames lose their combs, others pass, none is lost at a change."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from narrowcast.sender.config import Deinterlace
from narrowcast.sender.sources.deinterlacer import Deinterlacer
from tests.sender.sources.odd_videos import combing, disc, interlaced, write


def decoded(path: Path) -> list[VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def passed(frames: list[VideoFrame], mode: Deinterlace = "auto") -> list[VideoFrame]:
    deinterlacer = Deinterlacer(mode)
    out = [ready for frame in frames for ready in deinterlacer.frames(frame)]
    return out + list(deinterlacer.flush())


def test_marked_frames_lose_their_combs_and_keep_their_times(tmp_path: Path) -> None:
    frames = decoded(interlaced(tmp_path / "i.mp4"))
    out = passed(frames)
    assert [frame.time for frame in out] == pytest.approx([frame.time for frame in frames])
    assert max(combing(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)) for frame in out) < 0.005
    assert passed(frames, "off") == frames


def test_progressive_frames_pass_as_they_are_unless_told_otherwise(tmp_path: Path) -> None:
    frames = decoded(write(tmp_path / "p.mp4", (disc(i) for i in range(5))))
    assert passed(frames) == frames
    forced = passed(frames, "on")
    assert len(forced) == 5 and forced[0] is not frames[0]


@pytest.mark.parametrize("first", [True, False])
def test_no_frame_is_lost_where_the_kind_changes(tmp_path: Path, first: bool) -> None:
    kinds = decoded(interlaced(tmp_path / "i.mp4", 4)), decoded(write(tmp_path / "p.mp4", [disc()] * 4))
    frames = kinds[0] + kinds[1] if first else kinds[1] + kinds[0]
    assert len(passed(frames)) == 8
