"""What a link measurement may be asked to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.link.config import LinkConfig
from narrowcast.errors import ConfigError


def test_the_defaults_are_those_of_the_docs() -> None:
    config = LinkConfig()
    assert config.rates_kbps == (16, 32, 64, 128, 256)
    assert config.systems == ("narrowcast", "narrowcast-gan", "imagezmq", "netgear", "x264")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"systems": ("rtmp",)}, "rtmp"),
        ({"systems": ()}, "system"),
        ({"rates_kbps": ()}, "rate"),
        ({"rates_kbps": (64.0, 0.0)}, "rate"),
        ({"seconds": 0.0}, "seconds"),
        ({"fps": float("nan")}, "fps"),
        ({"settle_s": -1.0}, "settle"),
        ({"delay_ms": 50.0}, "--tunnel"),
        ({"link": "proxy", "jitter_ms": -1.0}, "jitter"),
        ({"link": "string"}, "string"),
        ({"jpeg_quality": 0}, "JPEG"),
        ({"json": Path("nowhere/rows.json")}, "nowhere"),
    ],
)
def test_what_cannot_be_run_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        LinkConfig(**values)  # type: ignore[arg-type]
