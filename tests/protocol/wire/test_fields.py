"""Limits of message fields: every number has a least and a greatest, and none passes that is beyond them."""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from narrowcast.protocol.wire.fields import MAX_FPS, MIN_FPS, check_limit, clamp, clamp_limit
from narrowcast.protocol.wire.messages import KeyframeRequest, Ping, Pong, Report, StillRequest
from narrowcast.protocol.wire.session_messages import (
    Bye,
    CodecOffer,
    Hello,
    Reject,
    StreamParameters,
    Welcome,
)

RECORDS = (
    Hello,
    Welcome,
    Reject,
    Report,
    KeyframeRequest,
    Ping,
    Pong,
    Bye,
    StillRequest,
    StreamParameters,
    CodecOffer,
)


def declared(record: type) -> list[tuple[str, type, msgspec.Meta]]:
    """Each field of a record that is a number, text or bytes, with its limits."""
    found = []
    for field in dataclasses.fields(record):
        hint = get_type_hints(record, include_extras=True)[field.name]
        for each in (hint, *get_args(hint)):
            if get_origin(each) is Annotated and get_args(each)[0] in (int, float, str):
                found.append((field.name, get_args(each)[0], get_args(each)[1]))
                break
        else:
            base = get_type_hints(record)[field.name]
            assert base is bool or dataclasses.is_dataclass(base) or field.name == "codecs", field.name
    return found


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_has_limits(record: type) -> None:
    for name, kind, meta in declared(record):
        if kind is str:
            assert meta.max_length is not None, name
        else:
            assert meta.ge is not None and meta.le is not None, name


@pytest.mark.parametrize(
    "value", [5e-324, MIN_FPS / 2, math.nan, math.inf, -math.inf, -1e-300, MAX_FPS * 1.01, 1e308]
)
def test_a_limit_of_no_sense_is_refused(value: float) -> None:
    values: dict[str, Any] = {"version": 3, "role": 1, "instance": 1, "max_fps": value}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, Hello)


def test_no_limit_and_the_least_limit_are_taken() -> None:
    for value in (0.0, MIN_FPS, MAX_FPS):
        check_limit("max_fps", value, MIN_FPS)
    with pytest.raises(ValueError, match=r"max_fps needs to be 0 \(no limit\) or 0.1 at least, got 1e-09"):
        check_limit("max_fps", 1e-9, MIN_FPS)


def test_numbers_of_our_own_are_brought_into_range() -> None:
    assert [clamp(value, 1.0, 5.0) for value in (-3.0, 2.0, 9.0, math.nan)] == [1.0, 2.0, 5.0, 1.0]
    assert [clamp_limit(value, 1.0, 5.0) for value in (0.0, 0.01, 9.0)] == [0.0, 1.0, 5.0]
