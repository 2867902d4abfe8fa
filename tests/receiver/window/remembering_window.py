"""A window that remembers, for tests of what is shown."""

from __future__ import annotations

from collections.abc import Sequence

from narrowcast.receiver.window.display import KeyPress, Window
from narrowcast.receiver.window.overlay import Picture


class RememberingWindow(Window):
    """Says what it was told to show, and which keys were pressed."""

    def __init__(self) -> None:
        self.keys: list[KeyPress] = []
        self.said: list[str] = []

    def show(
        self,
        rgb: Picture,
        overlay: Sequence[str] = (),
        *,
        age_ms: float | None = None,
        marked: bool = False,
        strip: str = "",
    ) -> None:
        """A picture."""
        self.said.append(strip or " ".join(["marked" if marked else "picture", *overlay]))

    def show_pair(self, shown: Picture, exact: Picture) -> None:
        """Two pictures."""
        self.said.append("pair")

    def show_banner(self, text: str, detail: str = "") -> None:
        """A picture that is not live."""
        self.said.append(f"{text} ({detail})" if detail else text)

    def pump(self) -> list[KeyPress]:
        """The keys."""
        keys, self.keys = self.keys, []
        return keys

    def close(self) -> None:
        """Nothing to take away."""
