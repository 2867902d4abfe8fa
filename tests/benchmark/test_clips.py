"""Clips: pace, size, pictures, folders, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from narrowcast.benchmark.clips import find_clips, load_clip
from narrowcast.benchmark.errors import ClipError
from tests.benchmark.bench_samples import make_picture, write_video


def levels(path: Path, *, fps: float, max_frames: int) -> list[int]:
    """Return which frame of write_video each frame of the clip is."""
    clip = load_clip(path, width=160, height=120, fps=fps, max_frames=max_frames)
    return [round((float(frame.mean()) - 10) / 8) for frame in clip.frames]


def test_half_the_pace_takes_every_second_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", 12, fps=30)
    assert levels(tmp_path / "a.avi", fps=15, max_frames=40) == [0, 2, 4, 6, 8, 10]


def test_a_slow_clip_repeats_the_nearest_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", 4, fps=10)
    assert levels(tmp_path / "a.avi", fps=15, max_frames=5) == [0, 1, 1, 2, 3]


def test_frames_are_cropped_to_the_size(tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", 2)
    clip = load_clip(tmp_path / "a.avi", width=128, height=72, fps=15, max_frames=1)
    assert [frame.shape for frame in clip.frames] == [(72, 128, 3)]
    assert (clip.name, clip.fps, clip.pixels) == ("a", 15, 128 * 72)


def test_a_picture_is_a_clip_of_one_frame_in_rgb(tmp_path: Path) -> None:
    picture = make_picture()
    cv2.imwrite(str(tmp_path / "a.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    clip = load_clip(tmp_path / "a.png", width=128, height=96, fps=60, max_frames=40)
    assert len(clip.frames) == 1
    assert (clip.frames[0] == picture).all()


def test_a_folder_stands_for_what_is_in_it(tmp_path: Path) -> None:
    for name in ("b.png", "a.MP4", "notes.txt"):
        (tmp_path / name).touch()
    other = tmp_path / "missing.mkv"
    assert find_clips([tmp_path, other]) == [tmp_path / "a.MP4", tmp_path / "b.png", other]


@pytest.mark.parametrize(
    ("name", "content"), [("none.mp4", None), ("bad.mp4", b"\0" * 99), ("bad.png", b"PNG")]
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ClipError, match=name):
        load_clip(tmp_path / name, width=160, height=120, fps=15, max_frames=4)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (path,) = find_clips([tmp_path])
    with pytest.raises(ClipError, match="holds no clip"):
        load_clip(path, width=160, height=120, fps=15, max_frames=4)
