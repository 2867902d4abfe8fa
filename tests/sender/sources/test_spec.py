"""A source is parsed once: its kind, whether it is live, and a name that holds no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import SourceError
from sender.sources.spec import SourceKind, SourceSpec, parse_source


@pytest.mark.parametrize(
    ("text", "kind", "live", "name"),
    [
        ("0", SourceKind.CAMERA, True, "camera 0"),
        ("rtsp://me:secret@cam:554/1", SourceKind.URL, True, "rtsp://cam:554/1"),
        ("http://cam/video.mp4", SourceKind.URL, True, "http://cam/video.mp4"),
        ("push:", SourceKind.PUSHED, True, "pictures of a program"),
        ("test:", SourceKind.PATTERN, False, "test pattern"),
        ("demo:", SourceKind.VIDEO, False, "bundled clip"),
        ("nowhere/*.png", SourceKind.IMAGES, False, "nowhere/*.png"),
    ],
)
def test_what_names_no_file_is_known_by_its_text(text: str, kind: SourceKind, live: bool, name: str) -> None:
    spec = parse_source(text)
    assert (spec.kind, spec.live, spec.name) == (kind, live, name)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("clip.mp4", SourceKind.VIDEO),
        ("photo.JPG", SourceKind.IMAGES),
        ("t10k-images-idx3-ubyte.gz", SourceKind.DIGITS),
        ("[1].mp4", SourceKind.VIDEO),
    ],
)
def test_a_file_is_known_by_its_name(tmp_path: Path, file: str, kind: SourceKind) -> None:
    (tmp_path / file).touch()
    path = str(tmp_path / file)
    assert parse_source(path) == SourceSpec(kind=kind, address=path, name=path)
    assert parse_source(str(tmp_path)).kind is SourceKind.IMAGES


def test_opencv_gets_the_index_of_a_camera_and_the_whole_address_of_a_stream() -> None:
    assert parse_source("2").target == 2
    assert parse_source("rtsp://me:secret@cam/1").target == "rtsp://me:secret@cam/1"


@pytest.mark.parametrize("text", ["gopher://x", "push://", "nowhere.mp4"])
def test_what_is_no_source_is_an_error(text: str) -> None:
    with pytest.raises(SourceError):
        parse_source(text)
