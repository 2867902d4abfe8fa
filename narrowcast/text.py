"""Text as it is printed and logged: made safe where it is from outside, and numbers that may be unknown."""

from __future__ import annotations

import unicodedata

MAX_PRINTED_CHARACTERS = 200
"Longer than any text of our own, and short enough that a peer cannot fill a log."

_INVISIBLE = ("C", "Zl", "Zp")
"Unicode categories that could move a terminal's cursor, reverse its text or break a line."


def printable(text: str, limit: int = MAX_PRINTED_CHARACTERS) -> str:
    """Replace control, format and line-breaking characters by '?' and cut to `limit` characters."""
    cut = text if len(text) <= limit else text[: limit - 3] + "..."
    return "".join("?" if unicodedata.category(c).startswith(_INVISIBLE) else c for c in cut)


def decimal(value: float | None, digits: int) -> str:
    """Write a number with so many decimals; a dash where it is unknown."""
    return "-" if value is None else f"{value:.{digits}f}"
