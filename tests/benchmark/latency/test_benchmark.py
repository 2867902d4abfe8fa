"""`narrowcast bench latency`: rows, tables, plot, and a whole run between real processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.benchmark import measured
from narrowcast.benchmark.latency import benchmark as latency
from narrowcast.benchmark.latency.benchmark import (
    BAR_WIDTH,
    BENCHMARK,
    PANEL_HEIGHT_IN,
    STAGES,
    LatencyRow,
    LatencySettings,
    agreement_text,
    histogram_table,
    latency_table,
    plot,
    tables,
)
from narrowcast.benchmark.plots import DPI
from narrowcast.benchmark.program import Pair, Program
from narrowcast.benchmark.results import Gap, Results
from narrowcast.errors import ConfigError
from narrowcast.runtime.signals import StopSignal
from tests.benchmark.latency.samples import frame_latency, latency_row
from tests.benchmark.listeners import RememberingListener
from tests.benchmark.plot_picture import drawn
from tests.benchmark.table_text import text_of


def test_a_row_sums_up_its_frames() -> None:
    row = latency_row(frame_latency(50, 49), frame_latency(60, None), frame_latency(70, 30))
    assert row.by_stamps_ms.p50 == 60.0 and row.by_stamps_ms.count == 3
    assert row.by_number_ms.count == 2
    assert row.stages_ms["encode"].p99 == 20.0
    assert row.agreement.holds


def test_json_holds_percentiles_and_frames(tmp_path: Path) -> None:
    gap = Gap(key={"codec": "avif"}, reason="no picture was shown")
    outcomes = [latency_row(frame_latency(50, 49)), gap]
    path = tmp_path / "rows.json"
    BENCHMARK.write_json(Results(settings=LatencySettings(json=path), outcomes=outcomes))
    found = json.loads(path.read_text(encoding="utf-8"))
    (row,) = found["rows"]
    assert row["agrees"] is True
    assert row["by_number_ms"]["p95"] == 49.0
    assert set(row["stages_ms"]) == set(STAGES)
    assert row["frames"][0]["by_stamps_ms"] == pytest.approx(50.0)
    assert found["gaps"] == [{"codec": "avif", "reason": "no picture was shown"}]


def test_the_table_has_every_stage_and_both_methods() -> None:
    text = text_of(latency_table(latency_row(frame_latency(50, 49), frame_latency(60, None))))
    for words in ("capture wait", "encode", "network", "decode", "display", "+- 0.2 ms", "the number"):
        assert words in text
    assert "60.0" in text and "49.0" in text
    assert text.count("├") == 1, "a line between the stages and the whole"


def test_what_could_not_be_measured_is_a_dash() -> None:
    assert " - " in text_of(latency_table(latency_row(frame_latency(50, None))))


def test_the_histogram_counts_every_frame_once() -> None:
    row = latency_row(*(frame_latency(value) for value in (50, 50.5, 50.7, 100)))
    lines = text_of(histogram_table(row)).splitlines()[1:]
    counts = [int(line.split("ms")[1].split()[0]) for line in lines if "ms" in line]
    assert sum(counts) == 4 and counts[0] == 3 and counts[-1] == 1
    assert lines[0].count("█") == BAR_WIDTH


def test_frames_of_one_latency_make_one_bar() -> None:
    assert "█" in text_of(histogram_table(latency_row(frame_latency(50), frame_latency(50))))


def test_the_verdict_names_the_largest_difference() -> None:
    assert "agree on all 2 frames: at most 3.0 ms" in agreement_text(
        latency_row(frame_latency(50, 47), frame_latency(50, 49))
    )
    assert "DISAGREE on 1 of 2 frames: up to 90.0 ms" in agreement_text(
        latency_row(frame_latency(50, 140), frame_latency(50, 49))
    )
    assert "1 more could not be read" in agreement_text(
        latency_row(frame_latency(50, 49), frame_latency(50, None))
    )
    assert "unproven" in agreement_text(latency_row(frame_latency(50, None)))


def test_each_codec_has_its_tables_and_its_verdict() -> None:
    rows = [latency_row(frame_latency(), codec=name) for name in ("gan", "jpeg")]
    shown = list(tables(Results(settings=LatencySettings(), outcomes=[*rows])))
    assert len(shown) == 6
    assert [view.split(":")[0] for view in shown if isinstance(view, str)] == ["gan", "jpeg"]


@pytest.mark.parametrize("codecs", [("gan",), ("gan", "jpeg")])
def test_the_plot_has_a_panel_for_each_codec_and_one_for_the_stages(
    tmp_path: Path, codecs: tuple[str, ...]
) -> None:
    frames = [frame_latency(40 + value, 39 + value if value else None) for value in range(20)]
    rows = [latency_row(*frames, codec=codec) for codec in codecs]
    picture = drawn(plot(Results(settings=LatencySettings(), outcomes=[*rows])), tmp_path)
    assert picture.shape[0] == pytest.approx((len(codecs) + 1) * PANEL_HEIGHT_IN * DPI, abs=2)


def settings(tmp_path: Path, *codecs: str, seconds: float = 1.0) -> LatencySettings:
    return LatencySettings(
        codecs=codecs, size=(128, 72), threads=1, seconds=seconds, json=tmp_path / "rows.json"
    )


def test_both_methods_measure_the_same_frames(tmp_path: Path) -> None:
    listener = RememberingListener()
    results = measured(BENCHMARK, settings(tmp_path, "jpeg"), listener)
    (row,) = results.of(LatencyRow)
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

    monkeypatch.setattr(latency, "run_pair", failing_pair)
    listener = RememberingListener()
    results = measured(BENCHMARK, settings(tmp_path, "jpeg", "png"), listener)
    assert results.of(LatencyRow) == []
    assert [(gap.key["codec"], gap.reason) for gap in results.of(Gap)] == [
        ("jpeg", "no picture was shown"),
        ("png", "no picture was shown"),
    ]
    assert "jpeg: no picture was shown" in listener.notices[0]
    assert listener.done == listener.total == 2


def test_it_says_whether_the_methods_agree(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["latency", "--codecs", "jpeg", "--size", "128x72", "--seconds", "0.5", "--threads", "1"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "capture to display, by the number in the picture" in out
    assert "jpeg: the two methods" in out


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"codecs": ("mpeg",)}, "codecs is 'mpeg'"),
        ({"seconds": 0.0}, "seconds is 0"),
        ({"max_kbps": -1.0}, "max_kbps is -1"),
        ({"json": Path("nowhere/rows.json")}, "nowhere"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        LatencySettings(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--size", "wide"), "'wide'"),
        (("--codecs", ""), "--codecs is ''"),
        (("--seconds", "0"), "seconds is 0"),
        (("--plot", "nowhere/plot.png"), "nowhere"),
    ],
)
def test_bad_input_gets_status_2_and_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["latency", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: error: ") and said in captured.err
