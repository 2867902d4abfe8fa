"""Notices in the words of each front end, and what a library logs: a warning where a person is needed."""

from __future__ import annotations

import logging

import pytest

from narrowcast.errors import NarrowcastError, Remedy
from narrowcast.protocol import ReceiverCounters, ReceiverStatistics
from narrowcast.protocol.statistics.interval import ReceiverGauges
from narrowcast.runtime.reporting import Level, LogReporter, Notice, failure
from narrowcast.runtime.security import INSECURE_WARNING

CPU = Remedy(setting="device", value="cpu")


def _levels(caplog: pytest.LogCaptureFixture, *notices: Notice) -> list[int]:
    reporter: LogReporter[ReceiverStatistics] = LogReporter()
    with caplog.at_level(logging.INFO, "narrowcast"):
        for notice in notices:
            reporter.notice(notice)
    return [record.levelno for record in caplog.records]


def test_each_front_end_names_the_setting_in_its_own_way() -> None:
    notice = Notice("no CUDA device", remedy=CPU)
    assert notice.on_command_line() == "no CUDA device; use --device cpu"
    assert notice.in_python() == 'no CUDA device; use device="cpu"'
    assert Notice("all is well").on_command_line() == Notice("all is well").in_python() == "all is well"


def test_a_failure_says_what_why_and_how_it_goes_on() -> None:
    notice = failure("this camera has failed", NarrowcastError("no CUDA device", remedy=CPU), "others go on")
    assert (notice.text, notice.remedy) == ("this camera has failed: no CUDA device; others go on", CPU)
    assert notice.level is Level.WARNING
    assert (
        failure("it stopped", ZeroDivisionError(), "going on").text
        == "it stopped: ZeroDivisionError; going on"
    )


def test_the_level_of_a_notice_is_that_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    notices = (
        Notice("you cannot run out of paste"),
        Notice("a receiver", level=Level.WARNING),
        INSECURE_WARNING,
    )
    assert _levels(caplog, *notices) == [logging.INFO, logging.WARNING, logging.WARNING]


def test_a_program_reads_its_own_words_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    _levels(caplog, Notice("no CUDA device", remedy=CPU))
    assert caplog.messages == ['no CUDA device; use device="cpu"']


def test_lines_move_no_cursor(caplog: pytest.LogCaptureFixture) -> None:
    _levels(caplog, Notice("a receiver\x1b[2J\nsecond line"))
    assert "\x1b" not in caplog.messages[0] and "\n" not in caplog.messages[0]


def test_address_and_newest_figures_are_kept() -> None:
    reporter: LogReporter[ReceiverStatistics] = LogReporter()
    reporter.notice(Notice("listening", url="tcp://a:5?key=b"))
    reporter.notice(Notice("joined"))
    counters = ReceiverCounters(width=64, height=64, start_us=0)
    statistics = counters.take_interval(ReceiverGauges(wire_bytes_in=0, wire_bytes_out=0), 1_000_000)
    reporter.second(statistics)
    assert reporter.url == "tcp://a:5?key=b" and reporter.latest is statistics
