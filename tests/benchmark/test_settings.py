"""Settings of benchmarks: what the command line makes of them, and what is refused in one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest

from narrowcast.benchmark.results import write_json
from narrowcast.benchmark.settings import (
    POSITIVE_LIST,
    WEIGHTS_VARIABLE,
    BenchmarkSettings,
    PlotSettings,
    StreamSettings,
    name_list,
    size_text,
    weights_of_environment,
)
from narrowcast.errors import ConfigError
from narrowcast.runtime.settings import make_settings
from narrowcast.runtime.settings_parser import SettingsParser


@dataclass(frozen=True, kw_only=True)
class Everything(StreamSettings, PlotSettings):
    """Settings of each kind."""

    names: Annotated[tuple[str, ...], name_list(("a", "b"))] = ("a", "b")
    "names"
    rates: Annotated[tuple[float, ...], POSITIVE_LIST] = (16.0, 2.5)
    "kbit/s"
    weights: Path | None = field(default_factory=weights_of_environment)
    "a folder"


def parsed(*arguments: str) -> Everything:
    parser = SettingsParser(settings=(Everything,))
    return make_settings(Everything, parser.parse_args([*arguments]))


def test_every_setting_is_read(tmp_path: Path) -> None:
    found = parsed(
        *("--names", "b", "--rates", "8,16", "--json", str(tmp_path / "rows.json")),
        *("--size", "128x72", "--fps", "5", "--quality", "0.25", "--threads", "1"),
    )
    assert found == Everything(
        names=("b",),
        rates=(8, 16),
        json=tmp_path / "rows.json",
        size=(128, 72),
        fps=5,
        quality=0.25,
        threads=1,
    )
    assert (found.width, found.height, size_text(found.size)) == (128, 72, "128x72")


def test_lists_are_split_and_doubles_left_out() -> None:
    assert parsed("--names", "b, a,b").names == ("b", "a")


def test_weights_are_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    assert weights_of_environment() is None
    monkeypatch.setenv(WEIGHTS_VARIABLE, "here")
    assert Everything().weights == Path("here")
    assert parsed("--weights", "there").weights == Path("there")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--names", "c"), "--names is 'c'; it may be a, b"),
        (("--names", ""), "--names is ''; it may be a, b"),
        (("--rates", "0"), "--rates is 0; it has to be above 0"),
        (("--rates", "fast"), "--rates is 'fast'"),
        (("--fps", "nan"), "--fps is nan"),
        (("--size", "wide"), "--size is 'wide'"),
        (("--size", "63x360"), "--size is 63x360"),
        (("--quality", "2"), "--quality is 2"),
        (("--device", "tpu"), "--device is 'tpu'"),
        (("--threads", "0"), "--threads is 0"),
        (("--json", "nowhere/rows.json"), "--json is nowhere"),
        (("--plot", "nowhere/plot.png"), "--plot is nowhere"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parsed(*arguments)


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ConfigError, match="names is an empty list"):
        Everything(names=())


def test_a_file_in_this_folder_needs_no_folder() -> None:
    assert BenchmarkSettings(json=Path("rows.json")).json == Path("rows.json")


def test_programs_are_told_every_setting() -> None:
    settings = StreamSettings(size=(128, 72), fps=7.5, quality=0.25, device="cpu", threads=2)
    told = [*settings.picture_arguments(), *settings.codec_arguments()]
    assert told == [
        *("--size", "128x72", "--fps", "7.5", "--quality", "0.25"),
        *("--device", "cpu", "--threads", "2"),
    ]


def test_threads_are_left_to_the_codec_unless_told() -> None:
    assert "--threads" not in StreamSettings().codec_arguments()


def test_a_file_that_no_benchmark_has_written_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "letter.json"
    path.write_text('{"dear": "grandmother"}')
    for setting in ("--json", "--plot"):
        with pytest.raises(ConfigError, match=f"{setting} is .* exists and is no such result; name another"):
            parsed(setting, str(path))
    write_json(tmp_path / "rows.json", {"rows": []})
    assert parsed("--json", str(tmp_path / "rows.json")).json == tmp_path / "rows.json"
