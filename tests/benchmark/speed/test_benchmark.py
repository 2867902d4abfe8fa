"""`narrowcast bench speed`: ratios, tables, plot, and a whole run, each case in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.benchmark import measured
from narrowcast.benchmark.errors import ClipError
from narrowcast.benchmark.results import Gap
from narrowcast.benchmark.speed import benchmark as speed
from narrowcast.benchmark.speed.benchmark import (
    BENCHMARK,
    SpeedSettings,
    content,
    measure,
    plot,
    tables,
)
from narrowcast.benchmark.speed.case import SpeedRow
from narrowcast.errors import ConfigError
from tests.benchmark.bench_samples import write_video
from tests.benchmark.listeners import RememberingListener
from tests.benchmark.plot_picture import drawn
from tests.benchmark.speed.samples import speed_case, speed_results, speed_row
from tests.benchmark.table_text import text_of

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


def test_json_holds_case_result_and_ratio() -> None:
    found = json.loads(json.dumps(content(speed_results())))
    first = found["rows"][0]
    assert (first["codec"], first["backend"], first["threads"]) == ("gan", "openvino", 1)
    assert first["encode_fps"] == 50.0 and first["cold_load_s"] == 6.25
    assert found["rows"][2]["ratio_to_gan"] == {"encode": 40.0, "decode": 50.0}
    assert found["rows"][3]["ratio_to_gan"] is None
    assert found["gaps"][0]["reason"] == "not installed"
    assert found["gaps"][0]["codec"] == "x264"


def tables_as_text() -> list[str]:
    return [text_of(view) for view in tables(speed_results()) if not isinstance(view, str)]


def test_each_codec_has_its_row_and_the_missing_one_its_reason() -> None:
    text = tables_as_text()[0]
    assert "64x64: one frame, medians" in text
    assert "openvino" in text and "0.50" in text and "40" in text
    assert "x264" in text and "not installed" in text
    assert "+0.5" in text and "2000" in text


def test_stages_and_start_are_of_learned_codecs_alone() -> None:
    _, stages, start = tables_as_text()
    assert "synthesis" in stages and "jpeg" not in stages
    assert stages.count("2.0") == 8
    assert "6.25" in start and start.count("64x64") == 2


def test_the_plot_has_bars_for_each_size(tmp_path: Path) -> None:
    results = speed_results()
    other = speed_row(speed_case("jpeg", width=320, height=180), encode_ms=1.0, decode_ms=1.0)
    results.outcomes.append(other)
    height = drawn(plot(speed_results()), tmp_path).shape[0]
    assert drawn(plot(results), tmp_path).shape[0] > 1.3 * height


def settings(clip: Path, **changed: object) -> SpeedSettings:
    values = {"codecs": ("jpeg",), "sizes": ((64, 64),), "threads": (1,), "frames": 2} | changed
    return SpeedSettings(clip=clip, **values)  # type: ignore[arg-type]


def test_a_row_a_case_and_a_file(tmp_path: Path) -> None:
    write_video(tmp_path / "street.avi", 6)
    listener = RememberingListener()
    results = measured(BENCHMARK, settings(tmp_path / "street.avi", json=tmp_path / "rows.json"), listener)
    (row,) = results.of(SpeedRow)
    assert row.codec == "jpeg" and row.cold_load_s is None
    assert row.encode_fps == pytest.approx(1000 / row.encode_ms, abs=0.01)
    assert listener.done == listener.total == 1
    assert listener.activities == ["64x64 jpeg 1"]
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]) == 1


def test_a_process_that_fails_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "street.avi", 6)
    listener = RememberingListener()
    monkeypatch.setattr(speed._Workers, "_pictures", lambda self, case: tmp_path / "gone.npy")
    results = measured(BENCHMARK, settings(tmp_path / "street.avi"), listener)
    assert results.of(SpeedRow) == []
    assert [gap.reason for gap in results.of(Gap)] == ["its process failed"]
    assert listener.notices == ["64x64 jpeg 1: its process failed"]


def test_a_clip_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="gone.avi"):
        next(measure(settings(tmp_path / "gone.avi"), RememberingListener()))


def test_cases_go_size_by_size_and_a_gpu_is_measured_once() -> None:
    cases = SpeedSettings(
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
        ({"codecs": ("h266",)}, "codecs is 'h266'"),
        ({"backends": ("tpu",)}, "backends is 'tpu'"),
        ({"sizes": ((63, 64),)}, "63x64"),
        ({"frames": 1}, "frames is 1"),
        ({"quality": 2.0}, "quality is 2"),
        ({"json": Path("nowhere/rows.json")}, "nowhere"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(Path("a.mp4"), **changed)


def test_it_shows_a_table_and_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    write_video(tmp_path / "street.avi", 6)
    files = [tmp_path / "rows.json", tmp_path / "plot.png"]
    status = main(
        [
            *("speed", "--clip", str(tmp_path / "street.avi"), "--sizes", "64x64", "--threads", "1"),
            *("--codecs", "jpeg", "--frames", "2", "--json", str(files[0]), "--plot", str(files[1])),
        ]
    )
    assert status == 0
    assert "64x64: one frame, medians" in capsys.readouterr().out
    assert json.loads(files[0].read_text(encoding="utf-8"))["rows"][0]["codec"] == "jpeg"
    assert files[1].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sizes", "wide"), "'wide'"),
        (("--codecs", "h266"), "'h266'"),
        (("--backends", "tpu"), "'tpu'"),
        (("--threads", "none"), "--threads is 'none'"),
        (("--clip", "gone.mp4", "--backends", "torch"), "gone.mp4"),
        (("--json", "nowhere/rows.json"), "nowhere"),
    ],
)
def test_bad_input_gets_status_2_and_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speed", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: error: ") and said in captured.err
