"""One parser of bytes from outside, as a fuzzer needs it: its seeds, and what it may refuse with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from narrowcast.errors import NarrowcastError

CORPUS = Path(__file__).parent / "corpus"
"Inputs that found a fault once, a folder a target: they stay among the seeds."


@dataclass(frozen=True, kw_only=True)
class FuzzTarget:
    """One parser."""

    name: str
    "on the command line, and of its folder of inputs"
    seeds: Callable[[], Sequence[bytes]]
    "makes inputs that it takes"
    parse: Callable[[bytes], object]
    "takes any bytes, or refuses them"
    refusals: tuple[type[Exception], ...] = (NarrowcastError,)
    "what it may raise"

    def inputs(self) -> list[bytes]:
        """The seeds, and the inputs that found a fault once."""
        kept = sorted((CORPUS / self.name).glob("*")) if (CORPUS / self.name).is_dir() else []
        return [*self.seeds(), *(path.read_bytes() for path in kept)]

    def meet(self, data: bytes) -> bool:
        """Parse; returns whether it was taken. Anything else than a refusal is raised on."""
        try:
            self.parse(data)
        except self.refusals:
            return False
        return True
