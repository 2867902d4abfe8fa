"""Names of the files that a key or a button makes: when, and of which stream."""

from __future__ import annotations

import re
from datetime import datetime

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
"The name came from the sender: nothing in it may lead out of the folder."


def saved_name(stream: str, suffix: str, *, now: datetime) -> str:
    """As in narrowcast-front-20260131-235959-123456.png; `stream` is empty where it has no name."""
    label = _UNSAFE.sub("_", stream) + "-" if stream else ""
    return f"narrowcast-{label}{now:%Y%m%d-%H%M%S-%f}{suffix}"
