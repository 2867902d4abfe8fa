"""The one command."""

from __future__ import annotations

import subprocess
import sys

import pytest

import narrowcast
from narrowcast import __main__ as command


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in ("send", "receive", "list", "keys", "doctor", "demo"))


def test_no_command_is_a_wish_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 0
    assert "usage: narrowcast" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"narrowcast {narrowcast.__version__}\n"


def test_a_command_that_is_none_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["sned"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("narrowcast: error: there is no command 'sned'")
    assert error.count("\n") == 1


def test_a_missing_shared_library_is_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> object:
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(command, "import_module", fail)
    assert command.main(["send", "test:"]) == 2
    assert "apt install libgl1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["send", "--help"],
        ["receive", "--help"],
        ["demo", "--help"],
        ["list", "--help"],
        ["keys", "--help"],
        ["doctor", "--help"],
    ],
)
def test_help_loads_no_heavy_library(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom narrowcast.__main__ import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(sorted({'torch', 'cv2', 'av', 'openvino'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stdout.splitlines()[-1] == "[]"
