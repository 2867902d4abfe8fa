"""How large a picture this machine can decode: what a receiver takes where it is told no --max-size."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

from narrowcast.codec.api import MAX_HEIGHT, MAX_WIDTH

DECODER_BYTES = 400
"A pixel, for the latent codec's networks and the warm-up: 3.3 GB at 3840x2160. Every other codec takes less."

MEMORY_SHARE = 0.5
"The machine does other things as well."

LEAST_PIXELS = 640 * 360
"A machine with less memory than this takes tries it all the same."

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
'What a container may use (Linux, cgroup 2): a number of bytes, or "max".'


def most_pixels(max_size: tuple[int, int] | None) -> int:
    """Return the most pixels of a picture that is decoded: max_size, or what this machine's memory holds."""
    return math.prod(max_size) if max_size else largest_picture()


def largest_picture(memory_bytes: int | None = None) -> int:
    """Return the most pixels a picture may have, by the memory given or by this machine's."""
    memory_bytes = memory_bytes or machine_memory_bytes()
    if memory_bytes is None:
        return MAX_WIDTH * MAX_HEIGHT
    held = int(MEMORY_SHARE * memory_bytes / DECODER_BYTES)
    return min(MAX_WIDTH * MAX_HEIGHT, max(LEAST_PIXELS, held))


def machine_memory_bytes(cgroup_limit: Path = CGROUP_LIMIT) -> int | None:
    """Return this machine's memory, or what a container lets us have of it; None where it does not say."""
    found = []
    with suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):
        found.append(int(cgroup_limit.read_text()))
    return min((number for number in found if number > 0), default=None)
