"""Tests of guided.py: a short run under the real fuzzer, and a fault that it finds."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz import guided

pytest.importorskip("atheris", reason="atheris is not installed: make fuzz installs it")


def test_a_short_run_counts_its_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert guided.main(["--target", "key", "--runs", "500"]) == 0
    assert "key" in capsys.readouterr().out.splitlines()[1]


def test_an_input_that_takes_long_is_a_fault_and_one_that_waits_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock_s = iter([0.0, 0.9, 0.9, 2.0])
    monkeypatch.setattr("tests.fuzz.guided.time.process_time", lambda: next(clock_s))
    meet = guided.within_time(len)
    meet(b"short")
    with pytest.raises(guided.InputTookTooLong, match="1.1 s for 4 bytes"):
        meet(b"long")


def test_a_fault_is_told_and_its_input_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    run = guided.fuzz_apart("key", minutes=0, runs=10, seed=1)
    assert run.fault.startswith("exit status 1") and run.inputs == 0
    assert run.target == "key"
