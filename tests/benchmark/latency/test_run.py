"""A whole latency run, between real processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.latency import run as latency_run
from benchmark.latency.config import LatencyConfig
from benchmark.latency.run import LatencyRun
from benchmark.pair import Pair
from benchmark.program import Program
from benchmark.stream_settings import StreamSettings
from narrowcast.errors import ConfigError
from runtime.signals import StopSignal
from tests.benchmark.listeners import RememberingListener


def config(tmp_path: Path, *codecs: str, seconds: float = 1.0) -> LatencyConfig:
    return LatencyConfig(
        codecs=codecs,
        stream=StreamSettings(width=128, height=72, threads=1),
        seconds=seconds,
        json=tmp_path / "rows.json",
    )


def test_both_methods_measure_the_same_frames(tmp_path: Path) -> None:
    listener = RememberingListener()
    run = LatencyRun(config(tmp_path, "jpeg"), listener)
    run.run()
    (row,) = run.results.rows
    assert len(row.frames) >= 3
    assert row.agreement.compared == len(row.frames), "jpeg keeps every number readable"
    assert row.by_number_ms.p50 is not None and row.by_number_ms.p50 > 0
    for frame in row.frames:
        stages = frame.wait_ms + frame.encode_ms + frame.network_ms + frame.decode_ms + frame.display_ms
        assert stages == pytest.approx(frame.by_stamps_ms, abs=1e-6)
    assert row.kbps > 0 and row.clock_error_ms is not None
    assert listener.done == listener.total == 1
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"][0]["codec"] == "jpeg"


def test_a_codec_that_shows_nothing_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing_pair(
        start_sender: Callable[[], Program],
        start_receiver: Callable[[str], Program],
        *,
        seconds: float,
        stop: StopSignal,
    ) -> Pair:
        """The sender fails before it listens."""
        sender = Program(["leave"], lambda line: None, module="tests.benchmark.talking_program")
        sender.wait(30.0)
        return Pair(sender=sender, receiver=None)

    monkeypatch.setattr(latency_run, "run_pair", failing_pair)
    listener = RememberingListener()
    run = LatencyRun(config(tmp_path, "jpeg", "png"), listener)
    run.run()
    assert run.results.rows == []
    assert run.results.gaps == {"jpeg": "no picture was shown", "png": "no picture was shown"}
    assert "jpeg: no picture was shown" in listener.notices[0]
    assert listener.done == listener.total == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"codecs": ("mpeg",)}, "no codec 'mpeg'"),
        ({"seconds": 0.0}, "seconds is 0"),
        ({"max_kbps": -1.0}, "max-kbps is -1"),
        ({"json": Path("nowhere/rows.json")}, "nowhere"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(changed: dict[str, object], words: str) -> None:
    with pytest.raises((ConfigError, ConfigError), match=words):
        LatencyConfig(**changed)  # type: ignore[arg-type]
