"""One-line errors, notices, and statistics as JSON lines."""

from __future__ import annotations

import json
import logging
import signal
import threading

import pytest
from rich.table import Table

from runtime.terminal import (
    JsonReporter,
    NoticeReporter,
    OneLineFormatter,
    OneLineParser,
    RichReporter,
    print_error,
    run_command,
)


class Numbers:
    """Statistics."""

    def to_json_dict(self) -> dict[str, object]:
        """One number."""
        return {"fps": 15.0}


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = JsonReporter()
    reporter.notice("listening", url="tcp://127.0.0.1:1")
    reporter.notice("two\nlines")
    reporter.second(Numbers())
    reporter.summary(Numbers(), {"extra": 1})
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"event": "notice", "text": "listening", "url": "tcp://127.0.0.1:1"},
        {"event": "notice", "text": "two\nlines"},
        {"event": "second", "fps": 15.0},
        {"event": "summary", "fps": 15.0, "extra": 1},
    ]


def test_rich_prints_text_from_a_peer_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = RichReporter[Numbers](
        lambda numbers: "[bold]a second[/bold]", lambda numbers: Table(title="all")
    )
    reporter.notice("[red]x[/red] " + "long " * 60)
    reporter.second(Numbers())
    reporter.summary(Numbers(), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[red]x[/red] long")
    assert len(lines[0]) > 300
    assert lines[1] == "[bold]a second[/bold]"


def test_without_statistics_notices_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = NoticeReporter()
    reporter.notice("hello")
    reporter.second(Numbers())
    reporter.summary(Numbers(), {})
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "hello\n")


def test_lines_of_several_streams_say_which(capsys: pytest.CaptureFixture[str]) -> None:
    JsonReporter("front").second(Numbers())
    NoticeReporter("yard").notice("hello")
    rich = RichReporter[Numbers](lambda numbers: "15 fps", lambda numbers: Table(title="sent"), "gate")
    rich.notice("hello")
    rich.second(Numbers())
    output = capsys.readouterr()
    json_line, notice, second = output.out.splitlines()
    assert json.loads(json_line) == {"event": "second", "fps": 15.0, "stream": "front"}
    assert (output.err, notice, second) == ("yard: hello\n", "gate: hello", "gate: 15 fps")


def test_lines_of_several_threads_stay_whole(capfd: pytest.CaptureFixture[str]) -> None:
    def talk(stream: str) -> None:
        for _ in range(500):
            JsonReporter(stream).notice("hello")
            NoticeReporter(stream).notice("hello")

    threads = [threading.Thread(target=talk, args=(stream,)) for stream in ("front", "yard", "gate")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output = capfd.readouterr()
    assert {json.loads(line)["stream"] for line in output.out.splitlines()} == {"front", "yard", "gate"}
    assert set(output.err.splitlines()) == {"front: hello", "yard: hello", "gate: hello"}


def test_no_text_can_forge_a_line_or_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    forged = "name\nreceiver 7 joined\r\x1b[2J\u202e\u2028"
    RichReporter[Numbers](lambda numbers: "", lambda numbers: Table()).notice(forged)
    NoticeReporter().notice(forged)
    print_error(forged)
    record = logging.LogRecord("x", logging.WARNING, "x", 1, "%s", (forged,), None)
    output = capsys.readouterr()
    for text in (output.out, *output.err.splitlines(), OneLineFormatter().format(record)):
        line = text.removesuffix("\n")
        assert "receiver 7 joined" in line and line.isprintable()


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_error("two\n  lines") == 2
    assert capsys.readouterr().err == "narrowcast: error: two lines\n"


def test_a_wrong_argument_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        OneLineParser(prog="narrowcast test").parse_args(["--nonsense"])
    assert raised.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_expected_errors_are_told_and_others_raised(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ValueError("wrong size")

    assert run_command(fail, lambda: (ValueError,)) == 2
    assert "wrong size" in capsys.readouterr().err
    with pytest.raises(ValueError, match="wrong size"):
        run_command(fail, lambda: (OSError,))


def test_an_interrupt_is_an_ordinary_end() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGTERM)
    assert run_command(interrupt, lambda: ()) == 0
    assert signal.getsignal(signal.SIGTERM) is before
