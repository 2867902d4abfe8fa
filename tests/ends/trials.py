"""Programs that are stopped, or lose their sender, at a random moment; what became of them."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.programs import SMALL_STREAM, next_line, program
from tests.test_examples import readme_script

MIN_MOMENT_S, MAX_MOMENT_S = 0.25, 5.0
"Python itself needs the first; by the last everything runs."

PATIENCE_S = 40.0
"Longer than any program may take to end, on a machine that is busy."

BAD_WORDS = ("Traceback", "Exception", "Abort", "terminate called", "Segmentation", "core dumped")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one program ended."""

    moment_s: float
    "when it was stopped, or its sender ended, after its start"
    status: int
    "of its exit; negative: the signal that ended it"
    output: str
    "all that it printed on standard error"

    @property
    def good(self) -> bool:
        """Whether it ended as an ordinary program does."""
        return self.status == 0 and not any(word in self.output for word in BAD_WORDS)


def interrupted_send(folder: Path, generator: random.Random) -> Outcome:
    """Ctrl-C for a sender with the default codec."""
    return _interrupted(["send", "test:", "--listen", "tcp://127.0.0.1:0"], generator)


def interrupted_receive(folder: Path, generator: random.Random) -> Outcome:
    """Ctrl-C for a receiver that loads its codec while a stream comes."""
    with _sender() as (_, url):
        return _interrupted(["receive", url, "--no-window"], generator)


def interrupted_play(folder: Path, generator: random.Random) -> Outcome:
    """Ctrl-C for a player that exports."""
    recording = folder / "recording.ncast"
    if not recording.exists():
        with _sender() as (_, url):
            command = ["receive", url, "--no-window", "--record", str(recording), "--frames", "60"]
            subprocess.run(_narrowcast(command), check=True, capture_output=True, timeout=PATIENCE_S)
    moment_s = generator.uniform(MIN_MOMENT_S, MAX_MOMENT_S)
    target = folder / f"{generator.random()}.mp4"
    command = _narrowcast(["play", str(recording), "--export", str(target)])
    return _stopped(command, moment_s)


def abandoned_watch(folder: Path, generator: random.Random) -> Outcome:
    """The README's script whose sender ends while it loads, or runs."""
    script = folder / "watch.py"
    script.write_text(readme_script(), encoding="utf-8")
    moment_s = generator.uniform(MIN_MOMENT_S, MAX_MOMENT_S)
    with _sender() as (sender, url):
        watch = subprocess.Popen(
            [sys.executable, str(script), url], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            watch.wait(moment_s)
        except subprocess.TimeoutExpired:
            sender.send_signal(signal.SIGTERM)
        try:
            _, output = watch.communicate(timeout=PATIENCE_S / 4)
            return Outcome(moment_s=moment_s, status=watch.returncode, output=output)
        except subprocess.TimeoutExpired:
            # It had not connected before its sender ended, and waits for the next one, as it should.
            watch.kill()
            watch.communicate()
            return Outcome(moment_s=moment_s, status=0, output="")


Trial = Callable[[Path, random.Random], Outcome]

TRIALS: dict[str, Trial] = {
    "send": interrupted_send,
    "receive": interrupted_receive,
    "play": interrupted_play,
    "watch": abandoned_watch,
}


def _interrupted(arguments: list[str], generator: random.Random) -> Outcome:
    moment_s = generator.uniform(MIN_MOMENT_S, MAX_MOMENT_S)
    return _stopped(_narrowcast(arguments), moment_s)


def _stopped(command: list[str], moment_s: float) -> Outcome:
    """Send Ctrl-C after `moment_s`."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        process.wait(moment_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        _, output = process.communicate(timeout=PATIENCE_S)
        return Outcome(moment_s=moment_s, status=process.returncode, output=output)
    except subprocess.TimeoutExpired:
        process.kill()
        _, output = process.communicate()
        return Outcome(moment_s=moment_s, status=process.returncode, output=f"it did not end; {output}")


@contextmanager
def _sender() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A small sender of the default codec, and its address."""
    arguments = [*SMALL_STREAM, "--codec", "hybrid"]
    with program("send", "test:", "--listen", "tcp://127.0.0.1:0", *arguments) as sender:
        yield sender, str(next_line(sender, "listening")["url"])


def _narrowcast(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "narrowcast", *arguments]
