"""`narrowcast bench fanout`: ratios, the target, and a whole run between real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.benchmark import measured
from narrowcast.benchmark.fanout.benchmark import (
    BENCHMARK,
    age_ratio,
    content,
    fps_text,
    measure,
    plot,
    tables,
    target_ratio,
    target_text,
)
from narrowcast.benchmark.fanout.stream import FanoutRow, FanoutSettings
from narrowcast.benchmark.results import Gap
from narrowcast.errors import ConfigError
from tests.benchmark.fanout.samples import fanout_results, fanout_rows
from tests.benchmark.listeners import RememberingListener
from tests.benchmark.plot_picture import drawn
from tests.benchmark.table_text import text_of

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


def test_ratios_are_to_one_receiver() -> None:
    rows = fanout_rows((1, 50.0), (4, 60.0), (256, 75.0), (512, None))
    assert [age_ratio(rows, row) for row in rows] == [1.0, 1.2, 1.5, None]
    assert target_ratio(rows) == 1.5


def test_there_is_no_ratio_without_both() -> None:
    assert target_ratio(fanout_rows((4, 60.0), (256, 75.0))) is None
    assert target_ratio(fanout_rows((1, 60.0), (8, 75.0))) is None
    assert target_ratio(fanout_rows((1, None), (256, 75.0))) is None


def test_json_holds_rows_and_target() -> None:
    results = fanout_results((1, 50.0), (256, 75.0))
    results.outcomes.append(Gap(key={"receivers": 32}, reason="the sender did not start"))
    found = json.loads(json.dumps(content(results)))
    assert [row["receivers"] for row in found["rows"]] == [1, 256]
    assert found["rows"][1]["age_ratio"] == 1.5
    assert found["target"] == {
        "receivers": 256,
        "ratio": 2.0,
        "measured": 1.5,
        "fps": 14.5,
        "slowest_fps": 14.6,
    }
    assert found["gaps"] == [{"receivers": 32, "reason": "the sender did not start"}]


def test_each_number_of_receivers_has_its_row() -> None:
    view, target, fps = tables(fanout_results((1, 50.0), (256, 75.0)))
    assert not isinstance(view, str)
    text = text_of(view)
    assert "one receiver decodes and displays" in text
    assert "1.50" in text and "5120.0" in text
    assert isinstance(target, str) and target.endswith("holds")
    assert isinstance(fps, str) and fps.endswith("14.60 for the slowest, holds")


def test_the_target_is_told() -> None:
    assert target_text(fanout_rows((1, 50.0), (256, 75.0))).endswith("1.50 times, holds")
    assert target_text(fanout_rows((1, 50.0), (256, 175.0))).endswith("3.50 times, MISSED")
    assert target_text(fanout_rows((1, 50.0))).endswith("not measured")
    assert fps_text(fanout_rows((256, 75.0)), 16.0).endswith("14.60 for the slowest, MISSED")
    assert fps_text(fanout_rows((1, 50.0)), 15.0).endswith("not measured")


@pytest.mark.parametrize("ages_ms", [((256, None), (1, 50.0), (4, 60.0)), ((4, 60.0),)])
def test_the_plot_has_three_panels(tmp_path: Path, ages_ms: tuple[tuple[int, float | None], ...]) -> None:
    picture = drawn(plot(fanout_results(*ages_ms)), tmp_path)
    assert picture.shape[1] > 2.5 * picture.shape[0]


def test_one_that_displays_and_two_that_do_not(tmp_path: Path) -> None:
    listener = RememberingListener()
    settings = FanoutSettings(
        receivers=(3,),
        source="test:",
        codec="jpeg",
        size=(128, 72),
        threads=1,
        seconds=1.5,
        json=tmp_path / "rows.json",
    )
    (row,) = measured(BENCHMARK, settings, listener).of(FanoutRow)
    assert row.receivers == 3
    assert row.sender_cpu_percent > 0
    assert row.shown_fps > 0 and row.shown_age_ms.count > 0
    assert row.light_fps is not None and row.light_fps > 0
    assert row.slowest_fps is not None and 0 < row.slowest_fps <= row.light_fps
    assert row.light_age_ms.count > row.shown_age_ms.count, "there are two of them"
    assert row.sent_bytes_per_s > 0
    assert listener.done == listener.total == 1
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"][0]["receivers"] == 3


def test_a_source_that_cannot_be_opened_is_told_before_anything_starts() -> None:
    with pytest.raises(ConfigError, match="no file gone.mp4"):
        next(measure(FanoutSettings(source="gone.mp4", codec="jpeg"), RememberingListener()))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"codec": "mpeg"}, "codec is 'mpeg'"),
        ({"receivers": (1, 5000)}, "receivers is 5000; .* from 1 to 1024"),
        ({"seconds": -1.0}, "seconds is -1"),
        ({"source": " "}, "no source"),
        ({"plot": Path("nowhere/plot.png")}, "nowhere"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        FanoutSettings(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--receivers", "1,many"), "--receivers is 'many'"),
        (("--codec", "mpeg"), "'mpeg'"),
        (("--source", "gone.mp4", "--codec", "jpeg"), "gone.mp4"),
        (("--fps", "0"), "fps is 0"),
    ],
)
def test_bad_input_gets_status_2_and_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fanout", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: error: ") and said in captured.err
