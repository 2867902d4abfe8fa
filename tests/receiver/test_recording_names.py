"""Names of recordings: one, or one for each file."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.recording_names import RecordingNames, check_pattern, is_pattern

NOW = datetime(2026, 1, 31, 23, 5, 9)


def candidates(path: Path, *, first: bool, count: int = 3) -> list[str]:
    return [each.name for each in islice(RecordingNames(path).candidates(NOW, first=first), count)]


def test_one_name_is_meant_as_it_is_and_gets_a_number_later(tmp_path: Path) -> None:
    assert candidates(tmp_path / "a.mp4", first=True) == ["a.mp4"]
    assert candidates(tmp_path / "a.mp4", first=False) == ["a.mp4", "a-2.mp4", "a-3.mp4"]


def test_a_pattern_is_filled_with_the_time_and_never_repeats_a_name(tmp_path: Path) -> None:
    names = ["cam-20260131-2305.mp4", "cam-20260131-2305-2.mp4", "cam-20260131-2305-3.mp4"]
    assert candidates(tmp_path / "cam-%Y%m%d-%H%M.mp4", first=True) == names


@pytest.mark.parametrize(
    ("name", "mine"),
    [
        ("cam-20260131-2305.mp4", True),
        ("cam-20260131-2305-17.mp4", True),
        ("cam-20260131-2305.mkv", False),
        ("cam-2026013-2305.mp4", False),
        ("xcam-20260131-2305.mp4", False),
        ("cam-20260131-2305.mp4.bak", False),
        ("../cam-20260131-2305.mp4", False),
    ],
)
def test_its_own_names_are_known_again(name: str, mine: bool) -> None:
    assert RecordingNames(Path("folder/cam-%Y%m%d-%H%M.mp4")).matches(name) is mine


def test_a_percent_sign_is_written_twice() -> None:
    names = RecordingNames(Path("50%%-%Y[a].mp4"))
    assert names.matches("50%-2026[a].mp4") and not names.matches("50%%-2026[a].mp4")
    assert next(names.candidates(NOW, first=True)).name == "50%-2026[a].mp4"


def test_other_letters_are_refused() -> None:
    check_pattern(Path("a-%Y.mp4"), "record")
    check_pattern(Path("50%/a.mp4"), "record")
    assert is_pattern(Path("a-%Y.mp4")) and not is_pattern(Path("50%/a.mp4"))
    for name in ("a-%Q.mp4", "a%.mp4", "%B.mp4", "%%%"):
        with pytest.raises(ConfigError, match="behind % may stand Y, y, m"):
            check_pattern(Path(name), "record")
