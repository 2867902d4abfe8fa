"""A whole speed run, each case in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.errors import ClipError
from benchmark.speed.config import SpeedConfig
from benchmark.speed.run import SpeedRun
from narrowcast.errors import ConfigError
from tests.benchmark.bench_samples import write_video
from tests.benchmark.listeners import RememberingListener

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


def config(clip: Path, **changed: object) -> SpeedConfig:
    values = {"codecs": ("jpeg",), "sizes": ((64, 64),), "threads": (1,), "frames": 2} | changed
    return SpeedConfig(clip=clip, **values)  # type: ignore[arg-type]


def test_a_row_a_case_and_a_file(tmp_path: Path) -> None:
    write_video(tmp_path / "street.avi", 6)
    listener = RememberingListener()
    run = SpeedRun(config(tmp_path / "street.avi", json=tmp_path / "rows.json"), listener)
    run.run()
    (row,) = run.results.rows
    assert row.case.codec == "jpeg" and row.cold_load_s is None
    assert row.encode_fps == pytest.approx(1000 / row.found.encode_ms)
    assert listener.done == listener.total == 1
    assert listener.activities == ["64x64 jpeg 1"]
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]) == 1


def test_a_process_that_fails_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "street.avi", 6)
    listener = RememberingListener()
    run = SpeedRun(config(tmp_path / "street.avi"), listener)
    monkeypatch.setattr(SpeedRun, "_pictures", lambda self, case: tmp_path / "gone.npy")
    run.run()
    assert run.results.rows == []
    assert [gap.reason for gap in run.results.gaps] == ["its process failed"]
    assert listener.notices == ["64x64 jpeg 1: its process failed"]


def test_a_clip_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="gone.avi"):
        SpeedRun(config(tmp_path / "gone.avi"), RememberingListener()).run()


def test_cases_go_size_by_size_and_a_gpu_is_measured_once() -> None:
    cases = SpeedConfig(
        codecs=("gan", "jpeg"), sizes=((64, 64), (96, 64)), backends=("torch", "cuda"), threads=(1, 2)
    ).cases()
    first = [(case.codec, case.backend, case.threads) for case in cases if case.width == 64]
    assert first == [
        ("gan", "torch", 1),
        ("gan", "torch", 2),
        ("gan", "cuda", 2),
        ("jpeg", "", 1),
        ("jpeg", "", 2),
    ]
    assert len(cases) == 10


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"codecs": ("h266",)}, "no codec 'h266'"),
        ({"backends": ("tpu",)}, "no backend 'tpu'"),
        ({"sizes": ((63, 64),)}, "63x64"),
        ({"frames": 1}, "frames is 1"),
        ({"quality": 2.0}, "quality is 2"),
        ({"json": Path("nowhere/rows.json")}, "nowhere"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(changed: dict[str, object], words: str) -> None:
    with pytest.raises((ConfigError, ConfigError), match=words):
        config(Path("a.mp4"), **changed)
