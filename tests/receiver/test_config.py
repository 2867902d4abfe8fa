"""The receiver's configuration: what is refused, and with which words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.config import (
    ExpectedStream,
    ReceiverConfig,
    parse_expected,
    parse_keep,
    parse_segment,
)
from narrowcast.runtime.common_settings import parse_max_size
from narrowcast.runtime.web.address import parse_web_address

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
        ({"segment": 600.0}, "segment is of a recording, and none is asked for"),
        (
            {"record": Path("a.mp4"), "segment": 600.0},
            "record is 'a.mp4'; the files of a recording in pieces",
        ),
        ({"record": Path("a-%Y.mp4"), "keep": 9.0}, 'keep removes whole files .* use segment="10min"'),
        ({"record": Path("a-%Q.mp4")}, "record is 'a-%Q.mp4'; behind % may stand"),
        ({"record": Path("a-%Y.mp4"), "segment": 9.0, "keep_gb": 0.0}, "keep_gb is 0; it has to be above 0"),
        ({"keyframe_every": 5.0}, "keyframe_every is 5; it has to be from 10 to 3600, or 0 for never"),
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


def test_the_largest_size_is_written_like_every_size() -> None:
    assert parse_max_size("1920x1080") == (1920, 1080)
    with pytest.raises(ConfigError, match="max_size is 'big'; write it as WIDTHxHEIGHT"):
        parse_max_size("big")
    with pytest.raises(ConfigError, match="max_size has no pixels"):
        ReceiverConfig(url="tcp://127.0.0.1:1", max_size=(0, 1080))


def test_durations_are_read_with_their_unit() -> None:
    assert (parse_segment("10min"), parse_keep("7d")) == (600.0, 604_800.0)
    with pytest.raises(ConfigError, match="segment is '10x'; write it as 500ms, 30s, 10min, 1.5h or 7d"):
        parse_segment("10x")
