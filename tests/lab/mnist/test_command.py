"""Tests of lab/mnist/command.py: a run from the files to the chapter, and a second one beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.lab.chapter import load_chapter
from narrowcast.lab.mnist.command import run
from tests.lab.small_run import small_settings


def test_a_finished_run_leaves_tables_pictures_and_figures(finished_run: Path) -> None:
    chapter = load_chapter(finished_run)
    assert chapter is not None and chapter.name == "mnist"
    assert {"game", "codecs", "verdict", "agreement", "coders", "fidelity"} == set(chapter.tables)
    for figure in chapter.figures.values():
        assert (finished_run / figure.file).stat().st_size > 100, figure.file
    assert {"samples", "curves", "progress", "reconstructions", "rate"} == set(chapter.figures)
    assert chapter.facts["latent_bits"] == "24" and chapter.facts["bytes_alone"] == "3.0"
    assert chapter.command.startswith("narrowcast lab mnist --data DIR --latent-bits 24")
    fidelity = {row[0]: row for row in chapter.tables["fidelity"].rows}
    assert fidelity["decoded"][1] == fidelity["decoded, but in another order"][1], "D does not mind"


def test_a_run_with_another_loss_is_shown_beside(
    finished_run: Path, mnist_folder: Path, tmp_path: Path
) -> None:
    settings = small_settings(
        mnist_folder, tmp_path, loss="hinge", vq=True, perceptual=False, beside=(finished_run,), gan_steps=8
    )
    chapter = run(settings)
    assert [row[0] for row in chapter.tables["game"].rows] == ["hinge", "bce"]
    assert (tmp_path / "beside.png").exists()
    assert chapter.facts["codebooks"].startswith("Of a codebook's 256 vectors")
    assert "--vq" in chapter.command and "--no-perceptual" in chapter.command


def test_a_folder_without_a_run_cannot_stand_beside(mnist_folder: Path, tmp_path: Path) -> None:
    settings = small_settings(mnist_folder, tmp_path / "out", beside=(tmp_path,))
    with pytest.raises(ConfigError, match="beside names .*, where no finished run of lab mnist is"):
        run(settings)
    assert not (tmp_path / "out" / "gan").exists(), "told before anything is trained"


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"latent_bits": 0}, "latent_bits is 0; it has to be from 1 to 1024"),
        ({"loss": "mse"}, "loss is 'mse'; it may be bce, wgan, wgan-gp, hinge"),
        ({"gan_steps": 0}, "gan_steps is 0"),
    ],
)
def test_a_setting_that_cannot_be_is_named(known: dict[str, object], says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=says):
        small_settings(tmp_path, tmp_path, **known)
