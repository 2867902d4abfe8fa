"""A whole fan-out run, between real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.fanout.config import FanoutConfig
from benchmark.fanout.run import FanoutRun
from benchmark.stream_settings import StreamSettings
from narrowcast.errors import ConfigError
from tests.benchmark.listeners import RememberingListener

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


def test_one_that_displays_and_two_that_do_not(tmp_path: Path) -> None:
    listener = RememberingListener()
    config = FanoutConfig(
        receivers=(3,),
        source="test:",
        codec="jpeg",
        stream=StreamSettings(width=128, height=72, threads=1),
        seconds=1.5,
        json=tmp_path / "rows.json",
    )
    run = FanoutRun(config, listener)
    run.run()
    (row,) = run.results.rows
    assert row.receivers == 3
    assert row.sender_cpu_percent > 0
    assert row.shown_fps > 0 and row.shown_age_ms.count > 0
    assert row.light_fps is not None and row.light_fps > 0
    assert row.light_age_ms.count > row.shown_age_ms.count, "there are two of them"
    assert row.sent_bytes_per_s > 0
    assert listener.done == listener.total == 1
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"][0]["receivers"] == 3


def test_a_source_that_cannot_be_opened_is_told_before_anything_starts() -> None:
    with pytest.raises(ConfigError, match="no file gone.mp4"):
        FanoutRun(FanoutConfig(source="gone.mp4", codec="jpeg"), RememberingListener())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"codec": "mpeg"}, "no codec 'mpeg'"),
        ({"receivers": (1, 1000)}, "1000 are too many"),
        ({"seconds": -1.0}, "seconds is -1"),
        ({"source": " "}, "no source"),
        ({"plot": Path("nowhere/plot.png")}, "nowhere"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(changed: dict[str, object], words: str) -> None:
    with pytest.raises((ConfigError, ConfigError), match=words):
        FanoutConfig(**changed)  # type: ignore[arg-type]
