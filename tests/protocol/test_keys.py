"""Keys as text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.protocol.keys import KEY_CHARACTERS, KeyPair, KeyTextError, key_text, parse_key


@given(st.binary(min_size=32, max_size=32))
def test_a_key_survives_its_text_in_either_case(key: bytes) -> None:
    text = key_text(key)
    assert len(text) == KEY_CHARACTERS and text.isalnum() and text == text.lower()
    assert parse_key(text) == parse_key(f" {text.upper()}\n") == key


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_text_is_a_key_or_an_error(text: str) -> None:
    with suppress(KeyTextError):
        assert key_text(parse_key(text)) == text.strip().lower()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "52 characters, this has 0"),
        ("a" * 51, "52 characters, this has 51"),
        ("a" * 51 + "1", "letters a to z"),
        ("ä" * 52, "letters a to z"),
        ("a" * 51 + "b", "last character"),
    ],
)
def test_what_is_wrong_is_said(text: str, complaint: str) -> None:
    with pytest.raises(KeyTextError, match=complaint):
        parse_key(text)


def test_a_secret_is_not_printed_with_its_pair() -> None:
    assert "51" not in repr(KeyPair(public=bytes(32), secret=b"\x51" * 32))
