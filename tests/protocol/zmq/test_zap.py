"""Who is let in, and that anything odd is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.protocol.keys import key_text
from narrowcast.protocol.zmq.zap import judge

KEY, OTHER = bytes(range(32)), bytes(32)
REQUEST = [b"1.0", b"7", b"narrowcast", b"192.0.2.5", b"", b"CURVE", KEY]


def test_a_key_on_the_list_comes_in_under_its_own_name() -> None:
    verdict = judge(REQUEST, {KEY, OTHER})
    assert verdict.allowed
    assert verdict.reply == [b"1.0", b"7", b"200", b"OK", key_text(KEY).encode(), b""]


def test_a_key_off_the_list_stays_outside_and_is_told_of() -> None:
    verdict = judge(REQUEST, {OTHER})
    assert not verdict.allowed and verdict.reply[2] == b"400" and verdict.reply[4] == b""
    assert verdict.key == KEY and verdict.address == "192.0.2.5"


@pytest.mark.parametrize(
    "request_parts",
    [
        [],
        [b"1.0"],
        REQUEST[:6],
        [*REQUEST, b"more"],
        [b"2.0", *REQUEST[1:]],
        [*REQUEST[:5], b"NULL", KEY],
        [*REQUEST[:5], b"PLAIN", b"user", b"password"],
        [*REQUEST[:6], KEY[:31]],
    ],
)
def test_what_is_not_exactly_an_allowed_curve_key_is_refused(request_parts: list[bytes]) -> None:
    verdict = judge(request_parts, {KEY, KEY[:31]})
    assert not verdict.allowed and verdict.reply[2] == b"400"


def test_an_address_cannot_forge_a_line_of_the_log() -> None:
    assert judge([*REQUEST[:3], b"\n\x1b[2J", *REQUEST[4:]], ()).address == "??[2J"


@given(st.lists(st.binary(max_size=40), max_size=9))
def test_nothing_that_comes_makes_it_fail(request_parts: list[bytes]) -> None:
    assert not judge(request_parts, {KEY}).allowed
