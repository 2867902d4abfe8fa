"""Types that msgspec checks messages against, made ready by one thread at a time.

msgspec 0.22 describes a type at its first use, and a second thread that uses it meanwhile ends the program
with a segmentation fault: two cameras of one sender whose first messages come at once.
"""

from __future__ import annotations

import threading
from typing import TypeVar

import msgspec

T = TypeVar("T")

_preparing = threading.Lock()
_prepared: set[type] = set()


def prepared(checked: type[T]) -> type[T]:
    """Return the type, described by msgspec with all that is in it: any thread may use it then."""
    if checked not in _prepared:
        with _preparing:
            msgspec.msgpack.Decoder(checked)
            _prepared.add(checked)
    return checked
