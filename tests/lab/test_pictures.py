"""Tests of lab/pictures.py: pictures of every kind become RGB of eight bits, and say so; others are named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.errors import SourceError
from narrowcast.lab.pictures import lab_clip, lab_picture
from narrowcast.sender.sources.spec import DEMO_CLIP
from tests.codec.picture_samples import camera_like

BGR = cv2.cvtColor(camera_like(80, 64), cv2.COLOR_RGB2BGR)


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (BGR, ""),
        (BGR[:, :, 0], "is grey of 8 bits: taken as RGB of 8 bits"),
        (BGR.astype(np.uint16) * 257, "is colour of 16 bits"),
        (BGR[:, :, 0].astype(np.uint16) * 257, "is grey of 16 bits"),
        (np.dstack([BGR, np.full(BGR.shape[:2], 9, np.uint8)]), "is colour with an alpha channel of 8 bits"),
    ],
)
def test_a_picture_of_any_kind_is_taken_and_told(picture: np.ndarray, says: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), picture)
    rgb, done = lab_picture(path, None)
    assert rgb.shape == (64, 80, 3) and rgb.dtype == np.uint8
    assert says in done and bool(done) == bool(says) and "\n" not in done
    if "alpha" not in says:
        assert np.abs(rgb[:, :, 2].astype(int) - BGR[:, :, 0]).max() <= 1
    else:
        assert rgb.min() > 200, "nearly all of it is transparent, and so white"


def test_a_size_is_cut_to_and_a_clips_first_picture_taken(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), BGR)
    assert lab_picture(path, (64, 64))[0].shape == (64, 64, 3)
    rgb, done = lab_picture(DEMO_CLIP, (128, 80))
    assert rgb.shape == (80, 128, 3) and done == ""
    assert len(lab_clip(DEMO_CLIP, (64, 64), 3).frames) == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "there is no"), (b"", "picture.png"), (b"GIF89a no", "picture.png")],
)
def test_what_is_no_picture_is_named(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=says):
        lab_picture(path, None)


def test_a_picture_that_no_codec_takes_is_named(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.zeros((20, 90, 3), np.uint8))
    with pytest.raises(SourceError, match="is 90x20; it has to be 64x64"):
        lab_picture(path, None)
