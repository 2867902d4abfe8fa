"""Both programs with output that is closed, full or gone: no traceback, and the stream goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from narrowcast.receiver.config import ReceiverConfig
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until
from tests.programs import SMALL_STREAM

CASES = [
    (">&-", "json"),
    ("2>&-", "off"),
    (">&- 2>&-", "rich"),
    (">/dev/full", "json"),
    (">/dev/full 2>/dev/full", "rich"),
    ("2>/dev/full", "off"),
    ("| head -1", "json"),
]


def shell(arguments: list[str], redirection: str) -> subprocess.Popen[bytes]:
    """Start a narrowcast command with its output led elsewhere."""
    script = f'"$@" {redirection}'
    command = ["bash", "-o", "pipefail", "-c", script, "-", sys.executable, "-m", "narrowcast", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize(("redirection", "stats"), CASES)
def test_a_receiver_goes_on(redirection: str, stats: str) -> None:
    with run_sender(small_sender()) as sender:
        url = sender.address()
        process = shell(["receive", url, "--no-window", "--seconds", "2.5", "--stats", stats], redirection)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert b"Traceback" not in output + errors and b"Exception" not in output + errors
        wait_until(lambda: any("it said goodbye" in text for text in sender.reporter.notices))
    assert sender.reporter.seconds


@pytest.mark.parametrize(("redirection", "stats"), CASES[::3])
def test_a_sender_goes_on(redirection: str, stats: str) -> None:
    with run_receiver(ReceiverConfig(url="tcp://127.0.0.1:0", bind=True, window=False)) as receiver:
        connect = ["--connect", receiver.address()]
        arguments = ["send", "test:", *connect, *SMALL_STREAM, "--seconds", "2", "--stats", stats]
        process = shell(arguments, redirection)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert b"Traceback" not in output + errors and b"Exception" not in output + errors
        wait_until(lambda: any("goodbye" in text for text in receiver.reporter.notices))


@pytest.mark.parametrize("arguments", [["--help"], ["sned"], ["keys", "--help"], ["devices"]])
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "2>/dev/full", "| true"])
def test_no_command_ends_with_a_traceback(arguments: list[str], redirection: str) -> None:
    output, errors = shell(arguments, redirection).communicate(timeout=60)
    assert b"Traceback" not in output + errors and b"Exception" not in output + errors
