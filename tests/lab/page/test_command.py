"""Tests of lab/page/command.py: the page of what is there, and of what could not be made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from narrowcast.errors import LabError
from narrowcast.lab.page import command
from narrowcast.lab.page.command import AllSettings, run
from tests.lab.page.test_story import chapter_of


def test_chapters_that_are_there_are_kept_and_the_others_made(
    tmp_path: Path, finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished_run, tmp_path / "mnist")
    made = []

    def make(name: str, settings: AllSettings) -> object:
        made.append(name)
        return chapter_of(name, settings.out)

    monkeypatch.setattr(command, "_make", make)
    run(AllSettings(out=tmp_path, resume=True))
    assert made == ["transforms", "entropy", "hybrids"]
    page = (tmp_path / "index.html").read_text()
    assert "mnist/reconstructions.png" in page and "narrowcast lab hybrids" in page
    assert "wrote" in capsys.readouterr().err


def test_without_mnist_its_chapter_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("run_transforms", "run_entropy", "run_hybrids"):
        part = name.removeprefix("run_")
        monkeypatch.setattr(command, name, lambda settings, part=part: chapter_of(part, tmp_path))
    run(AllSettings(out=tmp_path))
    assert "narrowcast lab all --data DIR --resume" in (tmp_path / "index.html").read_text()
    assert "needs MNIST" in capsys.readouterr().err


def test_a_chapter_that_fails_leaves_the_others_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(name: str, settings: AllSettings) -> object:
        if name == "entropy":
            raise LabError("no such thing; do another")
        return chapter_of(name, settings.out)

    monkeypatch.setattr(command, "_make", make)
    with pytest.raises(LabError, match="1 of 4 chapters are missing: no such thing; do another"):
        run(AllSettings(out=tmp_path, data=tmp_path))
    assert "This chapter could not be made: no such thing" in (tmp_path / "index.html").read_text()
