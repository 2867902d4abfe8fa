"""Records on the wire: dataclasses as msgpack arrays of their fields in order, or as maps from field number.

Fields may be added at the end and never moved: unknown ones are ignored, missing ones take their default.
The map form, numbers counted from 1 and defaults left out, is for what every version must understand.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from narrowcast.prepared_types import prepared
from narrowcast.protocol.errors import MessageError

T = TypeVar("T")


def pack_array(record: Any) -> list[Any]:
    """List a record's fields in order, inner records likewise."""
    return [_dump(getattr(record, field.name), pack_array) for field in dataclasses.fields(record)]


def pack_map(record: Any) -> dict[int, Any]:
    """Map wire numbers to a record's fields that differ from their defaults, inner records likewise."""
    packed = {}
    for number, field in enumerate(dataclasses.fields(record), start=1):
        value = getattr(record, field.name)
        if value != field.default:
            packed[number] = _dump(value, pack_map)
    return packed


def unpack_record(record_type: type[T], packed: Any) -> T:
    """Build a record from either form; MessageError names the field that is missing or out of its range."""
    try:
        return msgspec.convert(_named(record_type, packed), prepared(record_type))
    except (msgspec.ValidationError, RecursionError) as error:
        raise MessageError(f"{record_type.__name__}: {error}") from error


def _dump(value: Any, pack: Any) -> Any:
    if isinstance(value, tuple):
        return [pack(item) for item in value]
    return pack(value) if dataclasses.is_dataclass(value) else value


def _named(record_type: type, packed: Any) -> Any:
    """Turn an array or numbered map into a map by name; anything else is left for the check to refuse."""
    if isinstance(packed, list):
        packed = dict(enumerate(packed, start=1))
    if not isinstance(packed, dict):
        return packed
    named = {}
    for number, field in _fields_of(record_type).items():
        if number in packed:
            named[field.name] = _named_value(field, packed[number])
    return named


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    inner: type | None
    "the type of the record in it, or of the records"
    many: bool
    "it is a tuple of records"


def _named_value(field: _Field, value: Any) -> Any:
    if field.inner is None:
        return value
    if field.many:
        return [_named(field.inner, item) for item in value] if isinstance(value, list) else value
    return _named(field.inner, value)


@cache
def _fields_of(record_type: type) -> dict[int, _Field]:
    """Each field by its wire number."""
    hints = get_type_hints(record_type)
    found = {}
    for number, field in enumerate(dataclasses.fields(record_type), start=1):
        kinds = (hints[field.name], *get_args(hints[field.name]))
        inner = next(
            (each for each in kinds if isinstance(each, type) and dataclasses.is_dataclass(each)), None
        )
        many = inner is not None and inner is not hints[field.name]
        found[number] = _Field(name=field.name, inner=inner, many=many)
    return found
