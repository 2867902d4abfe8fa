"""What a library says: routine stays in the log, what needs a person is a warning."""

from __future__ import annotations

import logging

import pytest

from protocol import HandshakeFailed, HandshakeFailure, ReceiverCounters, ReceiverStatistics, make_key_pair
from protocol.statistics.interval import ReceiverGauges
from runtime.connection_news import ConnectionNews
from runtime.log_reporter import LogReporter


def _levels(caplog: pytest.LogCaptureFixture, *lines: str) -> list[int]:
    reporter: LogReporter[ReceiverStatistics] = LogReporter()
    with caplog.at_level(logging.INFO, "narrowcast"):
        for line in lines:
            reporter.notice(line)
    return [record.levelno for record in caplog.records]


def test_routine_is_information(caplog: pytest.LogCaptureFixture) -> None:
    lines = "receiving 640x360 at 15 fps, coded with gan", "receiver 1 joined", "waiting for a receiver"
    assert _levels(caplog, *lines) == [logging.INFO] * 3


@pytest.mark.parametrize("failure", list(HandshakeFailure))
def test_a_refused_connection_is_a_warning(
    caplog: pytest.LogCaptureFixture, failure: HandshakeFailure
) -> None:
    news = ConnectionNews("tcp://camera:5555", make_key_pair().public)
    (line,) = news.lines([HandshakeFailed(failure=failure)], 0)
    assert _levels(caplog, line) == [logging.WARNING]


def test_a_command_to_run_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    lines = (
        "listening on tcp://*:5; to receive, run: narrowcast receive tcp://a:5",
        "warning: --insecure: nothing",
    )
    assert _levels(caplog, *lines) == [logging.WARNING] * 2


def test_lines_move_no_cursor(caplog: pytest.LogCaptureFixture) -> None:
    _levels(caplog, "a receiver\x1b[2J\nsecond line")
    assert "\x1b" not in caplog.messages[0] and "\n" not in caplog.messages[0]


def test_address_and_newest_figures_are_kept() -> None:
    reporter: LogReporter[ReceiverStatistics] = LogReporter()
    reporter.notice("listening", url="tcp://a:5?key=b")
    reporter.notice("joined")
    counters = ReceiverCounters(width=64, height=64, start_us=0)
    statistics = counters.take_interval(ReceiverGauges(wire_bytes_in=0, wire_bytes_out=0), 1_000_000)
    reporter.second(statistics)
    assert reporter.url == "tcp://a:5?key=b" and reporter.latest is statistics
