"""Tests of lab/__main__.py: the command line, and what is told in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from narrowcast.lab.__main__ import EXPERIMENTS, main


def test_help_names_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_settings(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert "--out DIR" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["mnist", "--data", "absent"], "there is no folder absent"),
        (["mnist", "--data", ".", "--latent-bits", "0"], "--latent-bits is 0; it has to be from 1 to 1024"),
        (["mnist", "--data", ".", "--loss", "mse"], "--loss is 'mse'; it may be bce, wgan, wgan-gp, hinge"),
        (["entropy", "absent.mp4"], "there is no absent.mp4"),
        (["transforms", "absent.png"], "there is no absent.png"),
        (["hybrids", "--size", "10x10"], "10x10"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err.strip()
    assert says in told and "\n" not in told


@pytest.mark.parametrize("package", ["zstandard", "matplotlib"])
def test_a_package_that_is_missing_is_named_with_its_remedy(
    package: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith("narrowcast.lab.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["entropy"]) == 2
    assert (
        f"{package} is not installed; get it with: pip install 'narrowcast[lab]'" in capsys.readouterr().err
    )
