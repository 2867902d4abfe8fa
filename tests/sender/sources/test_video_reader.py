"""Tests of video_reader.py: every kind of video that users bring, each with what it has to look like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from narrowcast.errors import SourceError
from narrowcast.sender.sources.tone_map import HLG, PQ
from narrowcast.sender.sources.video_reader import VideoReader, Viewing
from tests.sender.sources.odd_videos import (
    FPS,
    HEIGHT,
    WIDTH,
    combing,
    disc,
    interlaced,
    with_one_damaged_picture,
    write,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class TimedPicture:
    """What was read."""

    rgb: NDArray[np.uint8]
    time_us: int


def pictures_of(reader: VideoReader) -> Iterator[TimedPicture]:
    while reader.advance():
        yield TimedPicture(rgb=reader.picture(), time_us=reader.time_us)


def read_all(path: Path, width: int = WIDTH, height: int = HEIGHT, **options: str) -> list[TimedPicture]:
    reader = VideoReader(str(path), Viewing(width=width, height=height, **options))  # type: ignore[arg-type]
    pictures = list(pictures_of(reader))
    reader.close()
    return pictures


def disc_sides(rgb: NDArray[np.uint8]) -> tuple[int, int]:
    """(width, height) of the orange disc."""
    orange = (rgb[..., 0].astype(int) - rgb[..., 2]) > 60
    rows, columns = np.nonzero(orange)
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


def dark_corner(rgb: NDArray[np.uint8]) -> str:
    """In which corner the dark mark is."""
    height, width = rgb.shape[:2]
    dark = rgb.max(axis=2) < 40
    row, column = (int(np.mean(axis)) for axis in np.nonzero(dark))
    return ("top " if row < height / 2 else "bottom ") + ("left" if column < width / 2 else "right")


def test_an_ordinary_video_is_as_ffmpeg_decodes_it(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", (disc(i) for i in range(10)))
    pictures = read_all(path)
    with av.open(str(path)) as container:
        expected = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == 10
    for picture, want in zip(pictures, expected, strict=True):
        assert np.abs(picture.rgb.astype(int) - want).mean() < 1
    assert [round(picture.time_us / 1e6 * FPS) for picture in pictures] == list(range(10))


def test_interlaced_pictures_lose_their_combs(tmp_path: Path) -> None:
    path = interlaced(tmp_path / "i.mp4")
    woven = read_all(path, deinterlace="off")
    smooth = read_all(path)
    assert len(smooth) == len(woven) == 12
    assert min(combing(picture.rgb) for picture in woven) > 0.015
    assert max(combing(picture.rgb) for picture in smooth) < 0.005
    assert [picture.time_us for picture in smooth] == [picture.time_us for picture in woven]


@pytest.mark.parametrize("name", ["v.mpg", "v.ts", "v.avi", "v.mkv"])
def test_pixels_become_square(tmp_path: Path, name: str) -> None:
    codec = {"v.mpg": "mpeg2video", "v.avi": "mpeg4"}.get(name, "libx264")
    squeezed = [np.asarray(cv2.resize(disc(), (WIDTH // 2, HEIGHT)), np.uint8)] * 5
    for aspect in (Fraction(2), Fraction(64, 45)):
        path = write(tmp_path / name, squeezed, codec=codec, aspect=aspect, options={}, fps=25, ticks=25)
        with av.open(str(path)) as container:
            told = container.streams.video[0].sample_aspect_ratio
        assert told == pytest.approx(aspect, rel=0.06)  # MPEG-2 knows only a few shapes of a picture
        width, height = disc_sides(read_all(path)[1].rgb)
        assert width / height == pytest.approx(float(told) / 2, rel=0.05)


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, "top left"), (90, "bottom left"), (180, "bottom right"), (-90, "top right")]
)
def test_a_rotated_video_stands_upright(tmp_path: Path, rotation: int, corner: str) -> None:
    rgb = read_all(write(tmp_path / "r.mp4", [disc()] * 3, rotation=rotation))[1].rgb
    upright = (HEIGHT, WIDTH) if rotation % 180 == 0 else (WIDTH, HEIGHT)
    assert rgb.shape[:2] == upright or rgb.shape[1] == WIDTH
    assert dark_corner(rgb) == corner
    width, height = disc_sides(rgb)
    assert width == pytest.approx(height, rel=0.06)


def test_a_varying_rate_keeps_its_pace(tmp_path: Path) -> None:
    times = [0, 0.033, 0.066, 0.1, 2.1, 2.133, 5.0, 5.5]
    pictures = read_all(write(tmp_path / "p.mkv", (disc(i) for i in range(8)), times=times))
    assert [picture.time_us / 1e6 for picture in pictures] == pytest.approx(times, abs=0.002)


def test_one_damaged_picture_costs_itself(tmp_path: Path) -> None:
    path = with_one_damaged_picture(tmp_path / "m.avi")
    reader = VideoReader(str(path), Viewing(width=WIDTH, height=HEIGHT))
    pictures = list(pictures_of(reader))
    assert len(pictures) == 29 and reader.damaged == 1
    assert [round(picture.time_us / 1e6 * FPS) for picture in pictures] == [*range(10), *range(11, 30)]


def test_a_damaged_stretch_of_h264_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "d.ts", (disc(i) for i in range(60)), options={"preset": "ultrafast", "g": "15"})
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 4000] = bytes(4000)
    path.write_bytes(data)
    times = [picture.time_us for picture in read_all(path)]
    assert len(times) >= 40
    assert times == sorted(set(times)) and times[-1] / 1e6 == pytest.approx(59 / FPS, abs=0.1)


def test_a_size_that_changes_midway_is_followed(tmp_path: Path) -> None:
    wide = write(tmp_path / "a.ts", [disc()] * 10).read_bytes()
    tall = write(tmp_path / "b.ts", [disc(0, 240, 180)] * 10).read_bytes()
    (tmp_path / "ab.ts").write_bytes(wide + tall)
    pictures = read_all(tmp_path / "ab.ts")
    assert {picture.rgb.shape[:2] for picture in pictures} == {(180, 320), (180, 240)}
    for picture in pictures:
        width, height = disc_sides(picture.rgb)
        assert width == pytest.approx(height, rel=0.06)
    times = [picture.time_us for picture in pictures]
    assert times == sorted(set(times)) and times[-1] < 2e6


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr_is_brought_to_a_usual_screen(tmp_path: Path, transfer: int) -> None:
    grey = [np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in (150, 190)]
    path = write(
        tmp_path / "h.mkv", grey, codec="libsvtav1", pixel_format="yuv420p10le", transfer=transfer,
        options={"preset": "12", "svtav1-params": "lookahead=0:pred-struct=1"},
    )  # fmt: skip
    dark, bright = (int(picture.rgb.mean()) for picture in read_all(path))
    assert 40 < dark < bright <= 255
    assert np.ptp(read_all(path)[0].rgb.mean(axis=(0, 1))) < 4  # grey stays grey


def test_a_large_picture_comes_no_larger_than_the_stream_needs(tmp_path: Path) -> None:
    path = write(tmp_path / "l.mp4", [disc(0, 1280, 960)] * 2)
    assert read_all(path)[0].rgb.shape == (240, 320, 3)
    assert read_all(path, 640, 480)[0].rgb.shape == (480, 640, 3)


def test_what_holds_no_video_is_refused_with_the_reason(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "song.mka"), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(SourceError, match="it holds audio, and no video"):
        read_all(tmp_path / "song.mka")
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(SourceError, match="[Ii]nvalid data"):
        read_all(tmp_path / "text.mp4")
    with pytest.raises(SourceError, match="no such file"):
        read_all(tmp_path / "nothing.mp4")
