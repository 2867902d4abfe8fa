"""Settings that several programs have in common."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError
from runtime.common_settings import ReportSettings, parse_size


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
