"""Programs as processes: their lines, their addresses, their end, alone and together."""

from __future__ import annotations

from typing import Any

import pytest

from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.program import Program, Programs, run_pair
from narrowcast.runtime.signals import StopSignal


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


def talking(word: str) -> Program:
    return Program(
        [word],
        lambda line: None,
        module="tests.benchmark.talking_program",
        environment={"TALKING_PROGRAM": "word"},
    )


def test_the_receiver_gets_the_address_and_the_end_of_one_ends_both() -> None:
    urls = []

    def start_receiver(url: str) -> Program:
        urls.append(url)
        return talking("stay")

    pair = run_pair(lambda: talking("talk"), start_receiver, seconds=1.0, stop=StopSignal())
    assert urls == ["tcp://127.0.0.1:1"]
    assert pair.sender.summary is not None
    assert pair.receiver is not None and not pair.receiver.running


def test_a_sender_that_never_listens_gets_no_receiver() -> None:
    pair = run_pair(lambda: talking("leave"), lambda url: talking("stay"), seconds=1.0, stop=StopSignal())
    assert pair.receiver is None
    assert not pair.sender.running


def test_a_stop_ends_both() -> None:
    stop = StopSignal()

    def start_receiver(url: str) -> Program:
        stop.request()
        return talking("stay")

    pair = run_pair(lambda: talking("stay"), start_receiver, seconds=60.0, stop=stop)
    assert pair.receiver is not None and not pair.receiver.running and not pair.sender.running


def test_programs_end_with_their_block_and_are_waited_for_together() -> None:
    stop = StopSignal()
    with Programs() as programs:
        staying = programs.add(talking("stay"))
        assert programs.wait_until(lambda: bool(staying.address(0.0)), stop, limit_s=30.0)
        assert not programs.wait_until(lambda: False, stop, limit_s=0.0)
        leaving = programs.add(talking("leave"))
        with pytest.raises(ProgramError, match="ended"):
            programs.wait_until(lambda: False, stop, limit_s=30.0)
        stop.request()
        assert not programs.wait_until(lambda: False, stop, limit_s=30.0)
    assert not staying.running and not leaving.running


def test_a_listener_that_fails_is_heard_by_whoever_waits() -> None:
    def broken(line: dict[str, Any]) -> None:
        raise ValueError("a broken listener")

    program = Program(["talk"], broken, module="tests.benchmark.talking_program")
    with pytest.raises(ValueError, match="a broken listener"):
        program.wait(30.0)
    program.stop()
