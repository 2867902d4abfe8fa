"""Tests of lab/transforms/command.py: one run on a small picture, and what unusual pictures are told."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from narrowcast.lab.transforms.command import TransformsSettings, run
from tests.codec.picture_samples import camera_like


def test_a_picture_is_taken_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), camera_like(100, 80)[:, :, 0])
    chapter = run(TransformsSettings(picture=path, out=tmp_path / "out", threads=1))
    assert {"dct", "jpeg", "png", "equal"} == set(chapter.tables)
    assert chapter.facts["size"] == "96x80"
    assert "is grey of 8 bits: taken as RGB" in capsys.readouterr().err
    assert all((tmp_path / "out" / figure.file).exists() for figure in chapter.figures.values())
    by_hand = [float(row[2]) for row in chapter.tables["jpeg"].rows]
    libjpeg = [float(row[3]) for row in chapter.tables["jpeg"].rows]
    assert by_hand == pytest.approx(libjpeg, abs=0.3)
