"""`narrowcast bench`: every benchmark has its description, and the command line is checked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from narrowcast.benchmark.__main__ import BENCHMARKS, load, main


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_tells_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "--json FILE" in out
    assert ("--plot FILE.png" in out) == (load(name).plot is not None)


@pytest.mark.parametrize("arguments", [[], ["rd"], ["unheard-of"], ["fanout", "--unheard-of"]])
def test_the_command_line_is_checked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "narrowcast: error:" in capsys.readouterr().err


def test_a_list_of_sizes_has_its_default_in_help_as_it_could_be_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["speed", "--help"])
    assert "320x180,640x360,1280x720,1920x1080" in "".join(capsys.readouterr().out.split())


def test_help_comes_without_torch() -> None:
    script = (
        "import contextlib, sys\n"
        "from narrowcast.benchmark.__main__ import BENCHMARKS, main\n"
        "for name in BENCHMARKS:\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        main([name, '--help'])\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
