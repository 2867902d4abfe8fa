"""Checks of options: one line that says what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.checks import check_above_zero, check_folders, check_names, split_counts, split_names
from narrowcast.errors import ConfigError


def test_what_is_fine_passes(tmp_path: Path) -> None:
    check_names("codec", ("b", "a"), ("a", "b"))
    check_above_zero("fps", 0.1)
    check_folders(tmp_path / "rows.json", None, Path("here.png"))


@pytest.mark.parametrize(("names", "words"), [((), "no codec is named"), (("c",), "no codec 'c'")])
def test_names_are_checked(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=f"{words}; choose from a, b"):
        check_names("codec", names, ("a", "b"))


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_numbers_are_above_zero_and_finite(value: float) -> None:
    with pytest.raises(ConfigError, match="fps is"):
        check_above_zero("fps", value)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        check_folders(None, tmp_path / "nowhere" / "rows.json")


def test_lists_are_split_and_doubles_left_out() -> None:
    assert split_names(" a, b,a,") == ("a", "b")
    assert split_counts("threads", "1, 2,1") == (1, 2)


@pytest.mark.parametrize("text", ["", "0", "1,two", "-1", "1.5"])
def test_counts_are_whole_numbers_from_one_up(text: str) -> None:
    with pytest.raises(ConfigError, match="threads is"):
        split_counts("threads", text)
