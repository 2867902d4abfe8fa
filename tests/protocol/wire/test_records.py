"""Records map to numbered fields and back."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from protocol.errors import MessageError
from protocol.wire import fields
from protocol.wire.records import field_specs, pack_record, unpack_record


@dataclass(frozen=True, kw_only=True)
class Sample:
    needed: fields.Count
    optional: fields.Milliseconds | None = None
    flag: fields.Flag = False


def test_defaults_stay_off_the_wire_and_come_back() -> None:
    assert pack_record(Sample(needed=3)) == {1: 3}
    assert unpack_record(Sample, {1: 3}) == Sample(needed=3)
    assert pack_record(Sample(needed=0, optional=2.5, flag=True)) == {1: 0, 2: 2.5, 3: True}


def test_fields_are_numbered_in_order() -> None:
    assert {number: spec.name for number, spec in field_specs(Sample).items()} == {
        1: "needed",
        2: "optional",
        3: "flag",
    }


def test_errors_name_the_field() -> None:
    with pytest.raises(MessageError, match="optional: needed a number"):
        unpack_record(Sample, {1: 1, 2: "x"})
    with pytest.raises(MessageError, match="needed: needed an integer"):
        pack_record(Sample(needed=-1))


def test_a_field_without_a_kind_is_a_mistake_of_ours() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Wrong:
        bare: int

    with pytest.raises(TypeError, match="needs a kind"):
        field_specs(Wrong)
