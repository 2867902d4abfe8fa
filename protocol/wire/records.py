"""Records on the wire: a dataclass as a msgpack map from field number to value, defaults left out.

Numbers count from 1 in the order the dataclass lists its fields, so fields may be added at the end and never
moved. A frame header with names would cost 14 kbit/s at 15 frames a second; numbers and left-out defaults
cost under 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from protocol.errors import MessageError
from protocol.wire.fields import FieldKind

T = TypeVar("T")


@dataclass(frozen=True)
class FieldSpec:
    """One field of a record as the wire sees it."""

    name: str
    "as in the dataclass"
    kind: FieldKind
    "checks a value that came"
    default: Any
    "what a missing field means; MISSING when it may not be missing"
    dump: Callable[[Any], Any]
    "turns the value into something msgpack knows"


_SPECS: dict[type, dict[int, FieldSpec]] = {}
"Read from each dataclass once: reading annotations takes longer than packing a message."


def field_specs(record_type: type) -> dict[int, FieldSpec]:
    """List a record type's fields by wire number."""
    if record_type not in _SPECS:
        _SPECS[record_type] = _read_specs(record_type)
    return _SPECS[record_type]


def _read_specs(record_type: type) -> dict[int, FieldSpec]:
    hints = get_type_hints(record_type, include_extras=True)
    specs = {}
    for number, field in enumerate(fields(record_type), start=1):
        kind = _kind_in(hints[field.name])
        dump = kind.dump if isinstance(kind, (Record, Records)) else _unchanged
        specs[number] = FieldSpec(field.name, kind, field.default, dump)
    return specs


def pack_record(record: Any) -> dict[int, Any]:
    """Map a record's fields to wire numbers; raises MessageError where a value is out of its range."""
    packed = {}
    for number, spec in field_specs(type(record)).items():
        value = getattr(record, spec.name)
        if value != spec.default:
            dumped = spec.dump(value)
            _checked(spec, dumped)
            packed[number] = dumped
    return packed


def unpack_record(record_type: type[T], packed: dict[Any, Any]) -> T:
    """Build a record from wire numbers; unknown numbers are ignored, wrong types raise MessageError."""
    values = {}
    for number, spec in field_specs(record_type).items():
        if number in packed:
            values[spec.name] = _checked(spec, packed[number])
        elif spec.default is MISSING:
            raise MessageError(f"{record_type.__name__} needs {spec.name} (field {number}), which is missing")
    return record_type(**values)


@dataclass(frozen=True)
class Record:
    """A record inside a record."""

    record_type: type
    "the dataclass of the inner record"

    def check(self, value: Any) -> Any:
        """Return the inner record, checked field by field."""
        if type(value) is not dict:
            raise MessageError(f"needed a map, got {type(value).__name__}")
        return unpack_record(self.record_type, value)

    def dump(self, value: Any) -> Any:
        """Turn the inner record into a map."""
        return pack_record(value)


@dataclass(frozen=True)
class Records:
    """A short list of records of one type, held as a tuple."""

    record_type: type
    "the dataclass of each"
    max_count: int
    "the longest list taken"

    def check(self, value: Any) -> Any:
        """Return the tuple of records, each checked."""
        if type(value) is not list or len(value) > self.max_count:
            raise MessageError(f"needed a list of at most {self.max_count}, got {type(value).__name__}")
        return tuple(Record(self.record_type).check(item) for item in value)

    def dump(self, value: Any) -> Any:
        """Turn the records into a list of maps."""
        return [pack_record(item) for item in value]


def _kind_in(hint: Any) -> FieldKind:
    """Find the kind in `Annotated[type, kind]` or `Annotated[type, kind] | None`."""
    for candidate in (hint, *get_args(hint)):
        if get_origin(candidate) is Annotated:
            kind: FieldKind = get_args(candidate)[1]
            return kind
    raise TypeError(f"a message field needs a kind, and {hint} has none")


def _checked(spec: FieldSpec, value: Any) -> Any:
    try:
        return spec.kind.check(value)
    except MessageError as error:
        raise MessageError(f"{spec.name}: {error}") from error


def _unchanged(value: Any) -> Any:
    return value
