"""A peer's text cannot move the cursor, break a line or flood the log."""

from __future__ import annotations

from narrowcast.text import decimal, printable


def test_control_characters_are_replaced() -> None:
    assert printable("a\x1b[31mb\nc\r\x07\x9b") == "a?[31mb?c???"
    assert printable("left\u202eright\u2028next\u200b") == "left?right?next?"


def test_ordinary_text_of_any_language_stays() -> None:
    assert printable("Küche, 台所, кухня") == "Küche, 台所, кухня"


def test_long_text_is_cut() -> None:
    assert printable("x" * 500) == "x" * 197 + "..."
    assert printable("x" * 30, limit=10) == "x" * 7 + "..."


def test_a_number_that_is_unknown_is_a_dash() -> None:
    assert (decimal(2.345, 1), decimal(0.0, 0), decimal(None, 2)) == ("2.3", "0", "-")
