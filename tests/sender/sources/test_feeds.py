"""Tests of sender/sources/feeds.py: pictures by number from real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.feeds import DigitFeed, ImageFeed, PatternFeed, VideoFeed, find_images
from narrowcast.sender.sources.test_pattern import read_frame_number
from tests.codec.digit_files import write_digits
from tests.reporters import keep_text
from tests.sender.video_files import write_image, write_video


def test_a_video_gives_the_frame_that_was_asked_for(tmp_path: Path) -> None:
    feed = VideoFeed(str(write_video(tmp_path / "v.mp4", frames=12, fps=25)))
    assert feed.fps == 25
    for lap in range(2):
        for index in (0, 1, 2, 5, 5, 11):
            picture = feed.picture(index)
            assert picture is not None and read_frame_number(picture) == index, f"lap {lap}"
        assert feed.picture(12) is None
        assert feed.pictures_seen == 12
        feed.rewind()
    feed.close()


def test_a_video_is_rgb(tmp_path: Path) -> None:
    red = np.zeros((96, 160, 3), np.uint8)
    red[..., 2] = 255  # BGR
    import cv2

    assert cv2.imwrite(str(tmp_path / "red.png"), red)
    picture = ImageFeed([tmp_path / "red.png"], print).picture(0)
    assert picture is not None and picture[0, 0].tolist() == [255, 0, 0]


def test_digits_come_in_sheets(tmp_path: Path) -> None:
    feed = DigitFeed(write_digits(tmp_path / "t10k-images-idx3-ubyte.gz", 150))
    assert feed.pictures_seen == 2
    first, second = feed.picture(0), feed.picture(1)
    assert first is not None and second is not None and not np.array_equal(first, second)
    assert feed.picture(2) is None
    (tmp_path / "broken-idx3-ubyte").write_bytes(b"no digits at all, certainly")
    with pytest.raises(SourceError, match="no idx file of pictures"):
        DigitFeed(tmp_path / "broken-idx3-ubyte")


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(SourceError, match=r"text.mp4 cannot be read as video \(.*\); check that it plays"):
        VideoFeed(str(tmp_path / "text.mp4"))


def test_pictures_come_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 9, 100, 1):
        write_image(tmp_path / f"shot{number}.png", number)
    (tmp_path / "notes.txt").write_text("no picture")
    feed = ImageFeed(find_images(str(tmp_path)), print)
    pictures = [feed.picture(index) for index in range(4)]
    assert [read_frame_number(picture) for picture in pictures if picture is not None] == [1, 9, 10, 100]
    assert feed.picture(4) is None
    assert [path.name for path in find_images(str(tmp_path / "shot1*.png"))] == [
        "shot1.png",
        "shot10.png",
        "shot100.png",
    ]


def test_digits_of_other_scripts_do_not_stop_the_sorting(tmp_path: Path) -> None:
    for name in ("1²2.png", "1²10.png", "٣.png", "10.png"):
        write_image(tmp_path / name, 1)
    assert len(find_images(str(tmp_path))) == 4


def test_a_bad_picture_is_passed_over_with_one_notice(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", 1)
    (tmp_path / "2.png").write_bytes(b"broken")
    (tmp_path / "3.png").write_bytes(b"")
    notices: list[str] = []
    feed = ImageFeed(find_images(str(tmp_path)), keep_text(notices))
    for _ in range(2):
        shown = [feed.picture(index) for index in range(3)]
        assert [read_frame_number(picture) for picture in shown if picture is not None] == [1, 1, 1]
    assert len(notices) == 2 and "2.png cannot be read as a picture" in notices[0]


def test_no_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no pictures in .*; put files of these kinds there: png, apng"):
        find_images(str(tmp_path))
    (tmp_path / "x.png").write_bytes(b"broken")
    with pytest.raises(SourceError, match="none of 1 files can be read as a picture"):
        ImageFeed(find_images(str(tmp_path)), print)


def test_the_pattern_has_no_end() -> None:
    picture = PatternFeed(64, 64, 30).picture(1_000_000)
    assert picture is not None and read_frame_number(picture) == 1_000_000
