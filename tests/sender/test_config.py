"""The sender's configuration: what is refused, and with which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.errors import ConfigError
from narrowcast.sender.config import SenderConfig, parse_color

GOOD = SenderConfig(source="test:")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": " "}, "no source"),
        ({"fit": "stretch"}, "crop, letterbox"),
        ({"device": "tpu"}, "auto, cpu, cuda"),
        ({"size": (63, 64)}, "64x64 to 3840x2160"),
        ({"size": (64, 2161)}, "64x64 to 3840x2160"),
        ({"fps": 0.0}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"quality": 1.5}, "from 0 to 1"),
        ({"quality": float("nan")}, "from 0 to 1"),
        ({"max_kbps": -1.0}, "max_kbps"),
        ({"max_receivers": 0}, "max_receivers"),
        ({"threads": 0}, "threads"),
        ({"max_frames": 0}, "max_frames"),
        ({"max_seconds": float("inf")}, "max_seconds"),
        ({"background": "mauve"}, "background is 'mauve'; it may be white, black"),
        ({"raw_size": (64, 64)}, "raw_size is for raw video"),
        ({"raw_size": (0, 64), "pixel_format": "gray"}, "at least 1x1"),
    ],
)
def test_a_setting_out_of_its_range_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        replace(GOOD, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(64, 64), (3840, 2160)])
def test_the_smallest_and_the_largest_size_are_taken(size: tuple[int, int]) -> None:
    config = replace(GOOD, size=size)
    assert (config.width, config.height) == size


def test_colours_have_names_and_numbers() -> None:
    assert parse_color("White") == (255, 255, 255)
    assert parse_color("#0a1B2c") == parse_color("0A1B2C") == (10, 27, 44)


def test_an_entropy_coder_is_chosen_for_the_latent_codec_alone() -> None:
    assert replace(GOOD, codec="gan", entropy="lzw").entropy == "lzw"
    with pytest.raises(ConfigError, match="entropy is for the codec gan only"):
        replace(GOOD, codec="hybrid", entropy="lzw")
    with pytest.raises(ConfigError, match="entropy is 'zip'; it may be range, huffman, lzw"):
        replace(GOOD, codec="gan", entropy="zip")  # type: ignore[arg-type]
