"""The README's script and the examples, run as they are against real senders and receivers."""

from __future__ import annotations

import re
import runpy
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.receiver.config import ReceiverConfig
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


def _run(monkeypatch: pytest.MonkeyPatch, script: Path, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", [str(script), *arguments])
    runpy.run_path(str(script), run_name="__main__")


def _sender(frames: int = 60) -> RunningPipeline:
    return run_sender(replace(small_sender(max_frames=frames), fps=200.0))


def readme_script() -> str:
    """The first Python block of the README's chapter on the library."""
    chapter = (ROOT / "README.md").read_text(encoding="utf-8").partition("## As a library")[2]
    match = re.search(r"```python\n(.*?)```", chapter, re.DOTALL)
    assert match is not None
    return match[1]


def test_the_readme_script_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "watch.py"
    script.write_text(readme_script(), encoding="utf-8")
    assert len([line for line in readme_script().splitlines() if line]) <= 10
    with _sender() as sender:
        _run(monkeypatch, script, sender.address())
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(re.match(r"frame \d+: 64x64, .* ms old, brightness \d+$", line) for line in lines)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("receive.py", r"frame \d+: 64x64, \d+ bytes, .* ms old"),
        ("box_movement.py", r"frame \d+: \d+ moving( \(\d+, \d+, \d+, \d+\))*"),
        ("motion_numpy.py", r" *\d+\.\d\d #*(  moves)?"),
    ],
)
def test_what_receives_tells_of_each_frame(
    name: str, pattern: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with _sender() as sender:
        _run(monkeypatch, EXAMPLES / name, sender.address())
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(re.fullmatch(pattern, line) for line in lines)


def test_what_moves_in_the_pattern_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with _sender(100) as sender:
        _run(monkeypatch, EXAMPLES / "box_movement.py", sender.address(), "tcp://127.0.0.1:0")
    counts = [int(count) for count in re.findall(r"(\d+) moving", capsys.readouterr().out)]
    assert max(counts) >= 1


def test_numpy_pictures_are_sent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    with run_receiver(ReceiverConfig(url=url, window=False, until_end=True)) as receiver:
        _run(monkeypatch, EXAMPLES / "send_numpy.py", url, "1.5", "jpeg")
        receiver.join()
    assert receiver.reporter.summaries[0]["shown"] >= 1
    assert any("receiving 320x192 at 15 fps" in text for text in receiver.reporter.notices)
    assert capsys.readouterr().out == f'to watch: narrowcast receive "{url}"\n'


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_explains_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        _run(monkeypatch, path, "--help")
    assert "address" in capsys.readouterr().out


def test_ctrl_c_ends_an_example_without_a_traceback() -> None:
    with _sender(100_000) as sender:
        words = [sys.executable, "-u", str(EXAMPLES / "receive.py"), sender.address()]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as example:
            assert example.stdout is not None and example.stderr is not None
            assert example.stdout.readline().startswith("frame ")
            example.send_signal(signal.SIGINT)
            assert "Traceback" not in example.stderr.read()
        assert example.returncode == 0
        sender.stop()
