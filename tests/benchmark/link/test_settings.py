"""The settings of `narrowcast bench link`: defaults, and what cannot be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.link.settings import LinkSettings
from narrowcast.errors import ConfigError


def test_the_defaults_are_those_of_the_docs() -> None:
    settings = LinkSettings()
    assert settings.rates == (16, 32, 64, 128, 256)
    assert settings.systems == ("narrowcast", "narrowcast-gan", "imagezmq", "netgear", "x264")
    assert settings.link == "bucket"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"systems": ("rtmp",)}, "rtmp"),
        ({"systems": ()}, "system"),
        ({"rates": ()}, "rate"),
        ({"rates": (64.0, 0.0)}, "rate"),
        ({"seconds": 0.0}, "seconds"),
        ({"fps": float("nan")}, "fps"),
        ({"settle_s": -1.0}, "settle"),
        ({"delay_ms": 50.0}, "--tunnel"),
        ({"proxy": True, "jitter_ms": -1.0}, "jitter"),
        ({"tunnel": True, "proxy": True}, "two different links"),
        ({"jpeg_quality": 0}, "jpeg_quality"),
        ({"steps": (64.0,)}, "steps is one rate"),
        ({"steps": ()}, "empty list"),
        ({"steps": (64.0, -1.0)}, "steps"),
        ({"steps": (64.0, 32.0), "plot": Path("rows.png")}, "--steps is one link"),
        ({"busy": -1}, "busy"),
        ({"busy": 4, "tunnel": True}, "--busy would slow down"),
        ({"busy": 4, "proxy": True}, "--busy would slow down"),
        ({"json": Path("nowhere/rows.json")}, "nowhere"),
    ],
)
def test_what_cannot_be_run_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        LinkSettings(**values)  # type: ignore[arg-type]


def test_a_link_may_come_back_to_a_rate() -> None:
    settings = LinkSettings(steps=(128.0, 32.0, 128.0))
    assert settings.links == ((128.0, 32.0, 128.0),)
    assert LinkSettings(rates=(64.0, 16.0, 64.0)).links == ((64.0,), (16.0,))
