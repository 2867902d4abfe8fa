"""One-line errors, notices, and statistics as JSON lines."""

from __future__ import annotations

import json
import logging
import signal
import threading

import pytest
from rich.table import Table

from narrowcast.errors import ConfigError, NarrowcastError, Remedy
from narrowcast.runtime.private_files import KeyStoreError
from narrowcast.runtime.reporting import Level, Notice, Reporter
from narrowcast.runtime.terminal import (
    JsonReporter,
    NoticeReporter,
    OneLineFormatter,
    OneLineParser,
    RichReporter,
    make_reporter,
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
    reporter.notice(Notice("listening", level=Level.WARNING, url="tcp://127.0.0.1:1"))
    reporter.notice(Notice("two\nlines"))
    reporter.notice(Notice("slow", remedy=Remedy(setting="device", value="cpu")))
    reporter.second(Numbers())
    reporter.summary(Numbers(), {"extra": 1})
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"event": "notice", "level": "warning", "text": "listening", "url": "tcp://127.0.0.1:1"},
        {"event": "notice", "level": "info", "text": "two\nlines"},
        {
            "event": "notice",
            "level": "info",
            "text": "slow; use --device cpu",
            "remedy": {"setting": "device", "value": "cpu"},
        },
        {"event": "second", "fps": 15.0},
        {"event": "summary", "fps": 15.0, "extra": 1},
    ]


def test_rich_prints_text_from_a_peer_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = RichReporter[Numbers](
        lambda numbers: "[bold]a second[/bold]", lambda numbers: Table(title="all")
    )
    reporter.notice(Notice("[red]x[/red] " + "long " * 60))
    reporter.second(Numbers())
    reporter.summary(Numbers(), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[red]x[/red] long")
    assert len(lines[0]) > 300
    assert lines[1] == "[bold]a second[/bold]"


def test_without_statistics_notices_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = NoticeReporter()
    reporter.notice(Notice("hello"))
    reporter.second(Numbers())
    reporter.summary(Numbers(), {})
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "hello\n")


def test_lines_of_several_streams_say_which(capsys: pytest.CaptureFixture[str]) -> None:
    JsonReporter("front").second(Numbers())
    NoticeReporter("yard").notice(Notice("hello"))
    rich = RichReporter[Numbers](lambda numbers: "15 fps", lambda numbers: Table(title="sent"), "gate")
    rich.notice(Notice("hello"))
    rich.second(Numbers())
    output = capsys.readouterr()
    json_line, notice, second = output.out.splitlines()
    assert json.loads(json_line) == {"event": "second", "fps": 15.0, "stream": "front"}
    assert (output.err, notice, second) == ("yard: hello\n", "gate: hello", "gate: 15 fps")


def test_lines_of_several_threads_stay_whole(capfd: pytest.CaptureFixture[str]) -> None:
    def talk(stream: str) -> None:
        for _ in range(500):
            JsonReporter(stream).notice(Notice("hello"))
            NoticeReporter(stream).notice(Notice("hello"))

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
    RichReporter[Numbers](lambda numbers: "", lambda numbers: Table()).notice(Notice(forged))
    NoticeReporter().notice(Notice(forged))
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


@pytest.mark.parametrize("kind", [NarrowcastError, ConfigError, KeyStoreError])
def test_errors_raised_on_purpose_are_told_in_one_line(
    kind: type[NarrowcastError], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise kind("wrong size")

    assert run_command(fail) == 2
    assert capsys.readouterr().err == "narrowcast: error: wrong size\n"


def test_the_remedy_of_an_error_is_an_option_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise NarrowcastError("no CUDA device", remedy=Remedy(setting="device", value="cpu"))

    assert run_command(fail) == 2
    assert capsys.readouterr().err == "narrowcast: error: no CUDA device; use --device cpu\n"


@pytest.mark.parametrize("kind", [ValueError, PermissionError])
def test_other_errors_are_raised(kind: type[Exception]) -> None:
    def fail() -> None:
        raise kind("wrong size")

    with pytest.raises(kind, match="wrong size"):
        run_command(fail)


def test_an_interrupt_is_an_ordinary_end() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGTERM)
    assert run_command(interrupt) == 0
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("stats", "expected"), [("json", JsonReporter), ("off", NoticeReporter), ("rich", RichReporter)]
)
def test_each_way_of_stats_has_its_reporter(stats: str, expected: type) -> None:
    reporter: Reporter[Numbers] = make_reporter(stats, lambda numbers: "", lambda numbers: Table(), "front")
    assert isinstance(reporter, expected)
