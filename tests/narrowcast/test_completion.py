"""Tests of narrowcast/completion.py: a real shell completes commands, flags, choices and files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from narrowcast.__main__ import COMMANDS
from narrowcast.completion import main, make_parser, whole_parser

COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_shtab_narrowcast
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    path = tmp_path_factory.mktemp("completion") / "narrowcast.bash"
    with path.open("w") as out, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        assert main(["bash"]) == 0
    return path


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["re"], {"receive", "relay", "repair"}),
        (["send", "--max-k"], {"--max-kbps"}),
        (["send", "--codec", "h"], {"hybrid", "huffman"}),
        (["bench", "link", "--sec"], {"--seconds"}),
        (["keys", "al"], {"allow"}),
    ],
)
def test_a_shell_completes(words: list[str], offered: set[str], script: Path) -> None:
    shell = ["bash", "-c", COMPLETE, "bash", str(script), "narrowcast", *words]
    done = subprocess.run(shell, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == offered


def test_every_command_is_in_the_whole_parser() -> None:
    shown = whole_parser().format_help()
    assert all(name in shown for name in COMMANDS)


def test_another_shell_is_refused_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        make_parser()
        raise SystemExit(main(["powershell"]))
    assert "bash, zsh, tcsh" in capsys.readouterr().err
