"""Whether the picture on the screen is live, and what to write over it where it is not."""

from __future__ import annotations

from dataclasses import dataclass

STALE_AFTER_US = 1_000_000
"A picture counts as stale when none has followed it for this long; most interruptions are shorter."


@dataclass(frozen=True, kw_only=True)
class StaleNote:
    """The text that is laid over a picture that is not live."""

    headline: str
    "as in: link down 4 s"
    detail: str = ""
    "what is known about it"


class LinkState:
    """Follows links and pictures, and says whether the picture that is shown is live."""

    def __init__(self, address: str) -> None:
        self.linked = False
        "there is a link with a sender"
        self._text = f"waiting for a sender at {address}"
        self._picture_us: int | None = None

    def note(self, text: str) -> None:
        """Set the last text about the link."""
        self._text = text

    def picture(self, now_us: int) -> None:
        """Note that a picture has come."""
        self._picture_us = now_us

    def stale_note(self, now_us: int) -> StaleNote | None:
        """Why the picture is not live; None while it is."""
        if self._picture_us is None:
            return StaleNote(headline=self._text)
        silent_us = now_us - self._picture_us
        if silent_us <= STALE_AFTER_US:
            return None
        if self.linked:
            return StaleNote(headline=f"no picture for {silent_us // 1_000_000} s")
        return StaleNote(headline=f"link down {silent_us // 1_000_000} s", detail=self._text)
