"""Ctrl-C, SIGTERM and SIGHUP as a flag, each in a program of its own: a signal is for a whole process."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from narrowcast.runtime.signals import StopSignal

PREAMBLE = "import os, signal\nfrom narrowcast.runtime.signals import StopSignal\n"


def run(code: str) -> str:
    """Run a program of these lines; return what it printed. CalledProcessError where it failed."""
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_sets_the_flag_and_nothing_else(name: str) -> None:
    if not hasattr(signal, name):
        pytest.skip(f"this system has no {name}")
    code = f"""
number = signal.{name}
before = signal.getsignal(number)
with StopSignal() as stop:
    first = stop.requested
    os.kill(os.getpid(), number)
    print(first, stop.requested)
print(signal.getsignal(number) is before)
"""
    assert run(code).split() == ["False", "True", "True"]


def test_only_a_second_ctrl_c_interrupts() -> None:
    code = """
try:
    with StopSignal() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        print(stop.requested)
        os.kill(os.getpid(), signal.SIGINT)
        print("went on")
except KeyboardInterrupt:
    print("interrupted")
"""
    assert run(code).split() == ["True", "interrupted"]


def test_the_program_itself_can_ask_for_the_stop() -> None:
    stop = StopSignal()
    stop.request()
    assert stop.requested


def test_a_program_under_nohup_goes_on_without_its_terminal() -> None:
    code = """
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with StopSignal() as stop:
    os.kill(os.getpid(), signal.SIGHUP)
    print(stop.requested)
print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)
"""
    assert run(code).split() == ["False", "True"]


def test_after_a_stop_signal_a_second_stop_interrupts() -> None:
    code = """
from narrowcast.early_end import leave_at_once_when_stopped
leave_at_once_when_stopped()
with StopSignal():
    pass
print(signal.getsignal(signal.SIGTERM) is signal.default_int_handler)
"""
    assert run(code) == "True"
