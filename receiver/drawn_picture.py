"""A picture as other programs are shown it, drawn when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from narrowcast.codec import Rgb


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnPicture:
    """What is shown at a moment, perhaps with a mark or a banner."""

    key: object
    "equal for equal pictures"
    draw: Callable[[], Rgb]
    "gives uint8 [H, W, 3], in whichever thread calls"
