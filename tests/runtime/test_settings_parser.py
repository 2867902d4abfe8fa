"""The parser that is made from dataclasses, and the text of its --help."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from narrowcast.runtime.settings import PROGRAM_ONLY, Setting, make_settings
from narrowcast.runtime.settings_parser import SettingsParser, strings_of


@dataclass(frozen=True, kw_only=True)
class Common:
    """What others inherit."""

    share: Annotated[float, Setting(minimum=0, maximum=1)] = 0.5
    "100% is 1"


@dataclass(frozen=True, kw_only=True)
class Options(Common):
    """A class of each kind of field."""

    place: Annotated[str, Setting(positional=True)] = "here"
    "where"
    kind: Literal["a", "b"] = "a"
    """which of
    two"""
    must: int
    "a number"
    wide: bool = True
    "not narrow"
    secret: Annotated[int, PROGRAM_ONLY] = 0
    "for programs"


def test_what_was_not_given_keeps_its_default() -> None:
    arguments = SettingsParser(prog="x", settings=(Options,)).parse(["--must", "3"])
    assert vars(arguments) == {"must": "3"}
    assert make_settings(Options, arguments) == Options(must=3)
    assert make_settings(Options, arguments, secret=7).secret == 7


def test_everything_may_be_given() -> None:
    line = ["there", "--kind", "b", "--must=4", "--no-wide", "--share", "1"]
    made = make_settings(Options, SettingsParser(prog="x", settings=(Options,)).parse(line))
    assert made == Options(place="there", kind="b", must=4, wide=False, share=1.0)


def test_a_file_may_give_what_has_to_be_given(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("must = 3\nplace = 'there'\n")
    arguments = SettingsParser(prog="x", settings=(Options,), file=True).parse(["--config", str(path)])
    assert make_settings(Options, arguments) == Options(must=3, place="there")


@pytest.mark.parametrize(
    "line", [[], ["--must"], ["--must", "1", "--secret", "2"], ["--must", "1", "a", "b"]]
)
def test_a_line_that_cannot_be_gets_one_line_and_status_2(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        SettingsParser(prog="x", settings=(Options,)).parse(line)
    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_has_the_strings_with_choices_limits_and_defaults() -> None:
    text = " ".join(SettingsParser(prog="x", settings=(Options,)).format_help().split())
    assert "--kind KIND which of two (a, b; default a)" in text
    assert "--share SHARE 100% is 1 (from 0 to 1; default 0.5)" in text
    assert "--wide, --no-wide not narrow (default yes)" in text
    assert "secret" not in text
    assert text.index("--kind KIND") < text.index("--share SHARE"), "inherited ones last"


def test_a_class_without_source_has_no_strings() -> None:
    namespace: dict[str, object] = {}
    exec(
        "from dataclasses import dataclass\n@dataclass\nclass Made:\n    a: int = 1\n    'text'\n", namespace
    )
    made = namespace["Made"]
    assert isinstance(made, type) and strings_of(made) == {}
