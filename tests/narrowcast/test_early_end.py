"""A stop while a program still loads, in a program of its own: a signal is for a whole process."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run a program of these lines."""
    preamble = "import os, signal, time\nfrom narrowcast.early_end import *\n"
    return subprocess.run([sys.executable, "-c", preamble + code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_before_anything_is_open_a_stop_ends_the_program_at_once(name: str) -> None:
    code = f"""
leave_at_once_when_stopped()
try:
    os.kill(os.getpid(), signal.{name})
    time.sleep(30)
except BaseException as error:
    print("seen", error)
"""
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_ignored_stays_ignored_and_an_interrupt_can_be_had_again() -> None:
    code = """
signal.signal(signal.SIGHUP, signal.SIG_IGN)
leave_at_once_when_stopped()
interrupt_when_stopped()
print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)
try:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)
except KeyboardInterrupt:
    print("interrupted")
"""
    assert run(code).stdout == "True\ninterrupted\n"
