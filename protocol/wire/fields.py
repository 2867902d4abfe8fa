"""Kinds of message fields: each checks a value that came off the wire, type and range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from protocol.errors import MessageError


class FieldKind(Protocol):
    """Checks one value; raises MessageError with what was needed and what came."""

    def check(self, value: Any) -> Any:
        """Return the value as the message holds it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Integer:
    """A whole number in a closed range; a bool is not one."""

    low: int
    high: int

    def check(self, value: Any) -> int:
        """Return the integer, checked."""
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise MessageError(f"needed an integer from {self.low} to {self.high}, got {_describe(value)}")
        return int(value)


@dataclass(frozen=True, kw_only=True)
class Real:
    """A finite number in a closed range."""

    low: float
    high: float

    def check(self, value: Any) -> float:
        """Return the number as a float, checked."""
        if type(value) not in (int, float) or not self.low <= value <= self.high:  # NaN fails this too
            raise MessageError(f"needed a number from {self.low} to {self.high}, got {_describe(value)}")
        return float(value)


@dataclass(frozen=True)
class Boolean:
    """True or false."""

    def check(self, value: Any) -> bool:
        """Return the flag, checked."""
        if type(value) is not bool:
            raise MessageError(f"needed true or false, got {_describe(value)}")
        return value


@dataclass(frozen=True, kw_only=True)
class Text:
    """Unicode text of bounded length."""

    max_characters: int

    def check(self, value: Any) -> str:
        """Return the text, checked."""
        if type(value) is not str or len(value) > self.max_characters:
            limit = self.max_characters
            raise MessageError(f"needed text of at most {limit} characters, got {_describe(value)}")
        return value


@dataclass(frozen=True, kw_only=True)
class Blob:
    """Bytes of bounded length."""

    max_bytes: int

    def check(self, value: Any) -> bytes:
        """Return the bytes, checked."""
        if type(value) is not bytes or len(value) > self.max_bytes:
            raise MessageError(f"needed at most {self.max_bytes} bytes, got {_describe(value)}")
        return value


def _describe(value: Any) -> str:
    """Describe a value without repeating what the peer wrote."""
    if isinstance(value, (str, bytes, list, tuple, dict)):
        return f"{type(value).__name__} of length {len(value)}"
    if isinstance(value, (bool, int, float)):
        return f"{type(value).__name__} {value}"
    return type(value).__name__


MAX_PAYLOAD_BYTES = 32 * 1024 * 1024
"A raw 3840x2160 picture is 24 MiB, and every codec sends much less."

MAX_STREAM_NAME = 32
"Characters: the name has to fit on a tile of the web grid and in front of every log line."

Count = Annotated[int, Integer(low=0, high=2**53)]
"a count or a sequence number, exact in any language's double"
Microseconds = Annotated[int, Integer(low=-(2**53), high=2**53)]
"a time on its sender's monotonic clock, or a length of time"
Id16 = Annotated[int, Integer(low=0, high=2**16 - 1)]
Id63 = Annotated[int, Integer(low=0, high=2**63 - 1)]
Permille = Annotated[int, Integer(low=0, high=1000)]
Flag = Annotated[bool, Boolean()]
Name = Annotated[str, Text(max_characters=64)]
StreamName = Annotated[str, Text(max_characters=MAX_STREAM_NAME)]
Line = Annotated[str, Text(max_characters=300)]
Rate = Annotated[float, Real(low=0.0, high=1e9)]
"per second: frames, or thousands of bits"
Milliseconds = Annotated[float, Real(low=0.0, high=1e9)]
Side = Annotated[int, Integer(low=0, high=16384)]
"width or height in pixels; 0 where the stream's own is meant"
Payload = Annotated[bytes, Blob(max_bytes=MAX_PAYLOAD_BYTES)]
