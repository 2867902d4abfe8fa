"""Options of a benchmark: what the command line makes of them, and what is refused in one line."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmark.options import (
    COUNTS,
    NAMES,
    RATES,
    SIZES,
    WEIGHTS_VARIABLE,
    Options,
    PlotOptions,
    StreamOptions,
    above_zero,
    add_options,
    between,
    check_folders,
    one_of,
    option,
    options_from,
    split_counts,
    split_names,
    split_rates,
    weights_option,
)
from narrowcast.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Everything(StreamOptions, PlotOptions):
    """An option of each kind."""

    clips: tuple[Path, ...] = option(positional="+", metavar="CLIP", help="clips")
    names: tuple[str, ...] = option(("a", "b"), kind=NAMES, help="names", check=one_of("name", ("a", "b")))
    rates: tuple[float, ...] = option((16.0, 2.5), kind=RATES, help="kbit/s", check=above_zero)
    counts: tuple[int, ...] = option((1, 2), kind=COUNTS, help="counts")
    sizes: tuple[tuple[int, int], ...] = option(((64, 64),), kind=SIZES, help="sizes")
    settle_s: float = option(5.0, flag="--settle", help="seconds", check=between(0))
    folder: Path | None = option(None, metavar="DIR", help="a folder")
    loud: bool = option(False, help="a flag")
    weights: Path | None = weights_option("all")


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller's environment names must not change a test."""
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)


def parsed(*arguments: str) -> Everything:
    parser = ArgumentParser()
    add_options(parser, Everything)
    return options_from(parser.parse_args([*arguments]), Everything)


def test_the_command_lines_defaults_are_those_of_the_fields() -> None:
    assert parsed("a.mp4") == Everything(clips=(Path("a.mp4"),))


def test_every_option_is_read(tmp_path: Path) -> None:
    found = parsed(
        *("a.mp4", "b.mp4", "--names", "b", "--rates", "8,16", "--counts", "3", "--sizes", "64x64,96x64"),
        *("--settle", "0", "--folder", "here", "--loud", "--json", str(tmp_path / "rows.json")),
        *("--size", "128x72", "--fps", "5", "--quality", "0.25", "--threads", "1"),
    )
    assert found == Everything(
        clips=(Path("a.mp4"), Path("b.mp4")),
        names=("b",),
        rates=(8, 16),
        counts=(3,),
        sizes=((64, 64), (96, 64)),
        settle_s=0.0,
        folder=Path("here"),
        loud=True,
        json=tmp_path / "rows.json",
        size=(128, 72),
        fps=5,
        quality=0.25,
        threads=1,
    )


def test_help_tells_every_default_once() -> None:
    parser = ArgumentParser()
    add_options(parser, Everything)
    text = " ".join(parser.format_help().split())
    for words in ("640x360", "a,b", "16,2.5", "1,2", "64x64", "5", "15"):
        assert text.count(f"(default {words})") == 1
    assert "None" not in text and f"default ${WEIGHTS_VARIABLE}" in text


def test_weights_are_named_by_argument_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed("a.mp4").weights is None
    monkeypatch.setenv(WEIGHTS_VARIABLE, "here")
    assert parsed("a.mp4").weights == Path("here")
    assert parsed("a.mp4", "--weights", "there").weights == Path("there")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--names", "c"), "no name 'c'; choose from a, b"),
        (("--names", ""), "no name is named; choose from a, b"),
        (("--rates", "0"), "rates is 0"),
        (("--rates", "fast"), "'fast'"),
        (("--settle", "-1"), "settle s is -1"),
        (("--size", "wide"), "size is 'wide'"),
        (("--json", "nowhere/rows.json"), "nowhere"),
        (("--plot", "nowhere/plot.png"), "nowhere"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parsed("a.mp4", *arguments)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_numbers_are_above_zero_and_finite(value: float) -> None:
    above_zero("fps", 0.1)
    with pytest.raises(ConfigError, match="fps is"):
        above_zero("fps", value)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_numbers_are_in_their_range(value: float) -> None:
    between(0, 1)("quality", 1)
    with pytest.raises(ConfigError, match="quality is .* from 0 to 1"):
        between(0, 1)("quality", value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    check_folders(tmp_path / "rows.json", None, Path("here.png"))
    with pytest.raises(ConfigError, match="nowhere"):
        Options(json=tmp_path / "nowhere" / "rows.json")


def test_lists_are_split_and_doubles_left_out() -> None:
    assert split_names("names", " a, b,a,") == ("a", "b")
    assert split_counts("threads", "1, 2,1") == (1, 2)
    assert split_rates("rates", "16, 2.5") == (16.0, 2.5)


@pytest.mark.parametrize("text", ["", "0", "1,two", "-1", "1.5"])
def test_counts_are_whole_numbers_from_one_up(text: str) -> None:
    with pytest.raises(ConfigError, match="threads is"):
        split_counts("threads", text)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"size": (63, 360)}, "63x360"),
        ({"fps": 0.0}, "fps is 0"),
        ({"quality": 2.0}, "quality is 2"),
        ({"device": "tpu"}, "device is 'tpu'"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_what_the_sender_would_refuse_is_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        StreamOptions(**changed)  # type: ignore[arg-type]


def test_programs_are_told_every_setting() -> None:
    options = StreamOptions(size=(128, 72), fps=7.5, quality=0.25, device="cpu", threads=2)
    told = [*options.picture_arguments(), *options.codec_arguments()]
    assert told == [
        *("--size", "128x72", "--fps", "7.5", "--quality", "0.25"),
        *("--device", "cpu", "--threads", "2"),
    ]


def test_threads_are_left_to_the_codec_unless_told() -> None:
    assert "--threads" not in StreamOptions().codec_arguments()
