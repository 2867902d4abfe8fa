"""The sender's configuration: what is refused, and with which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.errors import ConfigError
from sender.config import SenderConfig, parse_size

GOOD = SenderConfig(source="test:")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": " "}, "no source"),
        ({"fit": "stretch"}, "crop, letterbox"),
        ({"device": "tpu"}, "auto, cpu, cuda"),
        ({"width": 63}, "64x64 to 3840x2160"),
        ({"height": 2161}, "64x64 to 3840x2160"),
        ({"fps": 0.0}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"quality": 1.5}, "from 0"),
        ({"quality": float("nan")}, "from 0"),
        ({"max_kbps": -1.0}, "max-kbps"),
        ({"max_receivers": 0}, "max-receivers"),
        ({"threads": 0}, "threads"),
        ({"max_frames": 0}, "frames"),
        ({"max_seconds": float("inf")}, "seconds"),
    ],
)
def test_a_setting_out_of_its_range_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(GOOD, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(64, 64), (3840, 2160)])
def test_the_smallest_and_the_largest_size_are_taken(size: tuple[int, int]) -> None:
    config = replace(GOOD, width=size[0], height=size[1])
    assert (config.width, config.height) == size


def test_a_size_is_read() -> None:
    assert parse_size("640x360") == (640, 360)
    assert parse_size(" 1920X1080 ") == (1920, 1080)


@pytest.mark.parametrize("text", ["640", "640x", "axb", "-1x5", "640*360", ""])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="640x360"):
        parse_size(text)
