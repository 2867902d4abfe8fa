"""The receiver's configuration: what is refused, and with which words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from receiver.config import ExpectedStream, ReceiverConfig, parse_expected
from receiver.web.address import parse_web_address

GOOD = ReceiverConfig(url="tcp://127.0.0.1:5555")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"device": "tpu"}, "auto, cpu, cuda"),
        ({"restore": "sometimes"}, "auto, always, never"),
        ({"threads": -1}, "threads"),
        ({"max_frames": 0}, "max_frames is 0; it has to be above 0"),
        ({"snapshot": Path("still.jpg")}, "has to end in .png"),
        ({"max_seconds": 0.0}, "seconds"),
        ({"max_seconds": float("nan")}, "seconds"),
    ],
)
def test_a_setting_out_of_its_range_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(GOOD, **change)  # type: ignore[arg-type]


def test_an_expected_stream_is_read() -> None:
    assert parse_expected("gan:640x360") == ExpectedStream(codec="gan", width=640, height=360)


@pytest.mark.parametrize("text", ["gan", "640x360", "gan:640", "gan 640x360"])
def test_what_is_no_stream_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="gan:640x360"):
        parse_expected(text)


def test_an_address_for_the_page_is_read_or_refused_with_an_example() -> None:
    assert parse_web_address("8080").port == 8080
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:8080"):
        parse_web_address("nowhere")
