"""Tests of guided.py: a short run under the real fuzzer, and a fault that it finds."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz import guided

pytest.importorskip("atheris", reason="atheris is not installed: make fuzz installs it")


def test_a_short_run_counts_its_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert guided.main(["--target", "key", "--runs", "500"]) == 0
    assert "key" in capsys.readouterr().out.splitlines()[1]


def test_a_fault_is_told_and_its_input_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    run = guided.fuzz_apart("key", minutes=0, runs=10, seed=1)
    assert run.fault.startswith("exit status 1") and run.inputs == 0
    assert run.target == "key"
