"""A source is parsed once: its kind, whether it may come back, and a name that holds no password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from narrowcast.errors import SourceError
from narrowcast.sender.sources.spec import SourceKind, SourceSpec, parse_source
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


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("/dev/video7", SourceKind.CAMERA, "camera /dev/video7"),
        ("/dev/v4l/by-id/usb-HD_Camera-video-index0", SourceKind.CAMERA, None),
        ("screen:", SourceKind.SCREEN, "screen:"),
        ("screen:2", SourceKind.SCREEN, None),
        ("screen:640x360+10+20", SourceKind.SCREEN, None),
        ("screen:2:640x360+10+20", SourceKind.SCREEN, None),
        ("picamera:", SourceKind.PICAMERA, "camera 0 of the Raspberry Pi"),
        ("picamera:1", SourceKind.PICAMERA, "camera 1 of the Raspberry Pi"),
        ("/dev/null", SourceKind.PIPE, None),
    ],
)
def test_devices_are_known_by_their_names(text: str, kind: SourceKind, name: str | None) -> None:
    spec = parse_source(text)
    assert spec.kind is kind and name in (None, spec.name)
    assert spec.comes_back == (kind in (SourceKind.CAMERA, SourceKind.PICAMERA))


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("rtsp://me:p@ss/w@cam/1", "rtsp://me:p%40ss%2Fw@cam/1"),
        ("rtsp://me:100%@cam/1", "rtsp://me:100%25@cam/1"),
        ("rtsp://me:p%40ss@cam/1", "rtsp://me:p%40ss@cam/1"),
        ("rtsp://me:plain!@cam/1", "rtsp://me:plain!@cam/1"),
        ("http://cam/v?user=me&password=a@b", "http://cam/v?user=me&password=a@b"),
    ],
)
def test_a_password_is_encoded_where_a_url_needs_it(given: str, opened: str) -> None:
    spec = parse_source(given)
    assert spec.address == opened
    assert ("percent-encoded" in spec.advice) == (given != opened)


@pytest.mark.parametrize(("frames", "kind"), [(1, SourceKind.IMAGES), (3, SourceKind.ANIMATION)])
def test_an_animated_picture_is_no_still(tmp_path: Path, frames: int, kind: SourceKind) -> None:
    pictures = [Image.new("RGB", (16, 16), (80 * index, 0, 0)) for index in range(frames)]
    pictures[0].save(tmp_path / "a.webp", save_all=True, append_images=pictures[1:], lossless=True)
    assert parse_source(str(tmp_path / "a.webp")).kind is kind


@pytest.mark.parametrize(
    "text", ["gopher://x", "push://", "nowhere.mp4", "screen:x", "picamera:x", "a\0b.mp4", "x" * 5000]
)
def test_what_is_no_source_is_an_error(text: str) -> None:
    with pytest.raises(SourceError):
        parse_source(text)
