"""Records become arrays or numbered maps, and come back from either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.wire import fields
from narrowcast.protocol.wire.records import pack_array, pack_map, unpack_record


@dataclass(frozen=True, kw_only=True)
class Inner:
    name: fields.Name
    size: fields.Count = 0


@dataclass(frozen=True, kw_only=True)
class Sample:
    needed: fields.Count
    inner: Inner = Inner(name="")
    several: tuple[Inner, ...] = ()
    optional: fields.Milliseconds | None = None
    flag: bool = False


SAMPLE = Sample(
    needed=3, inner=Inner(name="a"), several=(Inner(name="b"), Inner(name="c", size=2)), flag=True
)


def test_an_array_holds_the_fields_in_order() -> None:
    assert pack_array(SAMPLE) == [3, ["a", 0], [["b", 0], ["c", 2]], None, True]
    assert unpack_record(Sample, pack_array(SAMPLE)) == SAMPLE


def test_a_map_leaves_defaults_out() -> None:
    assert pack_map(SAMPLE) == {1: 3, 2: {1: "a"}, 3: [{1: "b"}, {1: "c", 2: 2}], 5: True}
    assert pack_map(Sample(needed=3)) == {1: 3}
    assert unpack_record(Sample, pack_map(SAMPLE)) == SAMPLE
    assert unpack_record(Sample, {1: 3}) == Sample(needed=3)


def test_fields_of_a_later_version_are_ignored_and_those_it_dropped_have_their_defaults() -> None:
    assert unpack_record(Sample, [3, ["a", 0, "new"], [], None, False, [[1]]]) == Sample(
        needed=3, inner=Inner(name="a")
    )
    assert unpack_record(Sample, [3]) == Sample(needed=3)
    assert unpack_record(Sample, {1: 3, 60: "new", "also": [1, 2]}) == Sample(needed=3)


@pytest.mark.parametrize(
    ("packed", "complaint"),
    [
        ([], "Sample: Object missing required field `needed`"),
        ([-1], r"Expected `int` >= 0 - at `\$.needed`"),
        ([True], r"Expected `int`, got `bool` - at `\$.needed`"),
        ([3, 4], r"\$.inner"),
        ([3, ["x" * 65]], r"Expected `str` of length <= 64 - at `\$.inner.name`"),
        ([3, ["x"], 5], r"\$.several"),
        ([3, ["x"], [7]], r"\$.several\[0\]"),
        ([3, ["x"], [], float("nan")], r"\$.optional"),
        ([3, ["x"], [], None, 1], r"Expected `bool`, got `int` - at `\$.flag`"),
        ("text", "Sample"),
    ],
)
def test_errors_name_the_field(packed: Any, complaint: str) -> None:
    with pytest.raises(MessageError, match=complaint):
        unpack_record(Sample, packed)
