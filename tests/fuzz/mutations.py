"""A hundred thousand damaged messages for a parser, and a look at whether it kept anything of them."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

MESSAGES = 100_000
"What each parser has to survive, in every run of the tests."

MAX_GROWTH_BLOCKS = 3_000
"Python's own caches move by some hundred blocks; one leaked object a message would be a hundred thousand."

MAX_GROWTH_BYTES = 32 << 20
"Of the whole process, for what libraries in C keep; 100,000 pictures of 64x64 would be 1.2 GB."

_WARM_UP = 2_000
_NUMBERS = [0, 1, 0x7F, 0x80, 0xFE, 0xFF]
"Bytes at which lengths and signs turn over."


def fuzz(
    originals: Sequence[bytes],
    parse: Callable[[bytes], object],
    refusals: type[Exception] | tuple[type[Exception], ...],
    *,
    messages: int = MESSAGES,
    seed: int = 1,
) -> int:
    """Parse damaged messages; returns how many were refused.

    Whatever else than a refusal a parser raises fails the test, and so does memory that it keeps.
    """
    numbers = random.Random(seed)
    _parse_all(originals, parse, refusals, min(_WARM_UP, messages // 10), numbers)
    gc.collect()
    before, resident_before = sys.getallocatedblocks(), _resident_bytes()
    refused = _parse_all(originals, parse, refusals, messages, numbers)
    gc.collect()
    growth = sys.getallocatedblocks() - before
    assert growth < MAX_GROWTH_BLOCKS, f"{growth} blocks are left of {messages} messages"
    assert _resident_bytes() - resident_before < MAX_GROWTH_BYTES
    return refused


def _resident_bytes() -> int:
    """Memory of this process; 0 where there is no /proc."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 if statm.exists() else 0


def _parse_all(
    originals: Sequence[bytes],
    parse: Callable[[bytes], object],
    refusals: type[Exception] | tuple[type[Exception], ...],
    count: int,
    numbers: random.Random,
) -> int:
    refused = 0
    for _ in range(count):
        try:
            parse(damage(numbers.choice(originals), numbers))
        except refusals:
            refused += 1
    return refused


def damage(original: bytes, numbers: random.Random) -> bytes:
    """Change a message in one to four places; one in fifty becomes noise."""
    if numbers.random() < 0.02:
        return numbers.randbytes(numbers.randrange(1, 80))
    data = bytearray(original)
    for _ in range(numbers.randint(1, 4)):
        _damage_once(data, numbers)
    return bytes(data)


def _damage_once(data: bytearray, numbers: random.Random) -> None:
    position = numbers.randrange(len(data) + 1)
    kind = numbers.randrange(6)
    if kind == 0:
        data[position:] = b""
    elif kind == 1:
        data[position:position] = numbers.randbytes(numbers.randint(1, 9))
    elif kind == 2:
        data[position : position + numbers.randint(1, 9)] = b""
    elif kind == 3:
        data[position:position] = data[: numbers.randint(1, 20)]
    elif position < len(data):
        data[position] = numbers.choice(_NUMBERS) if kind == 4 else data[position] ^ 1 << numbers.randrange(8)
