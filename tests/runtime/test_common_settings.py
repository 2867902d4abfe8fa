"""Settings that several programs have in common."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import ReportSettings, parse_duration, parse_host_and_port, parse_size


def test_a_size_is_read() -> None:
    assert parse_size("640x360") == (640, 360)
    assert parse_size(" 1920X1080 ") == (1920, 1080)


@pytest.mark.parametrize("text", ["640", "640x", "axb", "-1x5", "640*360", ""])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="^size is .* for example 640x360"):
        parse_size(text)


def test_statistics_of_another_kind_are_refused() -> None:
    with pytest.raises(ConfigError, match="stats is 'loud'; it may be rich, json, off"):
        ReportSettings(stats="loud")  # type: ignore[arg-type]


def test_an_address_for_metrics_is_checked_before_they_are_served() -> None:
    assert ReportSettings(metrics="9100").metrics == "9100"
    with pytest.raises(ConfigError, match="metrics is 'x'; write PORT or HOST:PORT, for example 9100"):
        ReportSettings(metrics="x")


@pytest.mark.parametrize(
    ("text", "address"),
    [("9100", ("127.0.0.1", 9100)), ("0.0.0.0:1", ("0.0.0.0", 1)), ("[::1]:9", ("::1", 9))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_host_and_port(text) == address


@pytest.mark.parametrize("text", ["", "x", "1:2:3", "70000", "host:"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="metrics is .*; write PORT or HOST:PORT"):
        parse_host_and_port(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("500ms", 0.5), ("30s", 30), ("10 min", 600), ("1.5h", 5400), ("7D", 604_800)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text, "keep") == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-5s", "5 weeks", "1e3s", "9" * 50 + "s", "nan s"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigError, match="^keep is .*; write it as 500ms, 30s, 10min, 1.5h or 7d"):
        parse_duration(text, "keep")
