"""Stream settings: refused as the sender would refuse them, handed on as arguments."""

from __future__ import annotations

import pytest

from benchmark.stream_settings import StreamSettings
from narrowcast.errors import ConfigError


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"width": 63}, "63x360"),
        ({"fps": 0.0}, "fps is 0"),
        ({"quality": 2.0}, "quality is 2"),
        ({"device": "tpu"}, "device is 'tpu'"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_what_the_sender_would_refuse_is_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        StreamSettings(**changed)  # type: ignore[arg-type]


def test_programs_are_told_every_setting() -> None:
    settings = StreamSettings(width=128, height=72, fps=7.5, quality=0.25, device="cpu", threads=2)
    told = [*settings.picture_arguments(), *settings.codec_arguments()]
    assert told == [
        *("--size", "128x72", "--fps", "7.5", "--quality", "0.25"),
        *("--device", "cpu", "--threads", "2"),
    ]


def test_threads_are_left_to_the_codec_unless_told() -> None:
    assert "--threads" not in StreamSettings().codec_arguments()
