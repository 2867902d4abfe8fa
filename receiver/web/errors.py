"""What can go wrong with the page before anything is received."""

from __future__ import annotations

from narrowcast.errors import OutputError


class WebError(OutputError):
    """The page cannot be served; the text says what is wrong and how to fix it."""
