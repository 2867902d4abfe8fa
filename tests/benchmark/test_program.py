"""Programs as processes: their lines, their addresses, their end."""

from __future__ import annotations

from typing import Any

import pytest

from benchmark.program import Program


def start(script: str, lines: list[dict[str, Any]], **variables: str) -> Program:
    return Program([script], lines.append, module="tests.benchmark.talking_program", environment=variables)


def test_lines_address_and_summary_are_read() -> None:
    lines: list[dict[str, Any]] = []
    program = start("talk", lines, TALKING_PROGRAM="variable")
    assert program.address(30.0) == "tcp://127.0.0.1:1"
    assert program.wait(30.0)
    assert [line["event"] for line in lines] == ["notice", "summary"]
    assert program.summary == {"event": "summary", "said": "variable"}
    assert program.exit_status == 0 and not program.running


def test_one_that_ends_without_a_word_has_no_address() -> None:
    program = start("leave", [])
    assert program.address(30.0) == ""
    program.stop()
    assert program.summary is None and program.exit_status == 3


def test_one_that_goes_on_is_stopped() -> None:
    lines: list[dict[str, Any]] = []
    program = start("stay", lines)
    assert program.address(30.0)
    assert program.running and program.pid > 0
    assert not program.wait(0.01)
    program.stop()
    assert not program.running


def test_a_listener_that_fails_is_heard_by_whoever_waits() -> None:
    def broken(line: dict[str, Any]) -> None:
        raise ValueError("a broken listener")

    program = Program(["talk"], broken, module="tests.benchmark.talking_program")
    with pytest.raises(ValueError, match="a broken listener"):
        program.wait(30.0)
    program.stop()
