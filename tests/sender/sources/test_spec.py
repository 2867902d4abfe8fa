"""A source is parsed once: its kind, whether it may come back, and a name that holds no password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narrowcast.errors import SourceError
from sender.sources.spec import SourceKind, SourceSpec, parse_source
from tests.codec.digit_files import write_digits
from tests.sender.video_files import write_video


@pytest.mark.parametrize(
    ("text", "kind", "comes_back", "name"),
    [
        ("0", SourceKind.CAMERA, True, "camera 0"),
        ("rtsp://me:secret@cam:554/1", SourceKind.URL, True, "rtsp://cam:554/1"),
        ("http://cam/video.mp4", SourceKind.URL, True, "http://cam/video.mp4"),
        ("push:", SourceKind.PUSHED, False, "pictures of a program"),
        ("-", SourceKind.PIPE, False, "standard input"),
        ("rtsp://me:p@ss:w/rd#1% é@cam:554/1", SourceKind.URL, True, "rtsp://cam:554/1"),
        (
            "http://cam/v?user=me&Password=a@b&ch=2",
            SourceKind.URL,
            True,
            "http://cam/v?user=***&Password=***&ch=2",
        ),
        ("http://me:secret@cam/v?token=abc", SourceKind.URL, True, "http://cam/v?token=***"),
        ("test:", SourceKind.PATTERN, False, "test pattern"),
        ("demo:", SourceKind.VIDEO, False, "bundled clip"),
        ("nowhere/*.png", SourceKind.IMAGES, False, "nowhere/*.png"),
    ],
)
def test_what_names_no_file_is_known_by_its_text(
    text: str, kind: SourceKind, comes_back: bool, name: str
) -> None:
    spec = parse_source(text)
    assert (spec.kind, spec.comes_back, spec.name) == (kind, comes_back, name)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("clip.mp4", SourceKind.VIDEO),
        ("photo.JPG", SourceKind.IMAGES),
        ("[1].mp4", SourceKind.VIDEO),
    ],
)
def test_a_file_is_known_by_its_name(tmp_path: Path, file: str, kind: SourceKind) -> None:
    (tmp_path / file).touch()
    path = str(tmp_path / file)
    assert parse_source(path) == SourceSpec(kind=kind, address=path, name=path)
    assert parse_source(str(tmp_path)).kind is SourceKind.IMAGES


def test_digits_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    write_digits(tmp_path / "digits.gz", 3)
    assert parse_source(str(tmp_path / "digits.gz")).kind is SourceKind.DIGITS
    path = write_video(tmp_path / "idx3-cam.mp4", frames=2, fps=10)
    assert parse_source(str(path)).kind is SourceKind.VIDEO


def test_a_pipe_is_not_opened_to_know_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert parse_source(str(tmp_path / "pipe")).kind is SourceKind.PIPE  # opening it would wait for a writer


@pytest.mark.parametrize("text", ["gopher://x", "push://", "nowhere.mp4"])
def test_what_is_no_source_is_an_error(text: str) -> None:
    with pytest.raises(SourceError):
        parse_source(text)
