r"""Arrow values as PyMySQL takes them, and back, exactly.

| type | sent as |
|---|---|
| `date`, `timestamp`, `timestamptz` | dates and moments; instants in UTC, without a zone |
| `numeric` | an exact number |
| `uuid` | text with hyphens, or the sixteen bytes for a binary column; see `_uuid` |
| `boolean` | 0 and 1 |
| arrays | JSON text |
| text | as it is, unless the column's type reads text otherwise: see below |

Texts in PostgreSQL's spelling are put into this server's: ``\x00ff`` for a binary column as the bytes, ``101`` for a bit
column as the number, moments with a zone in UTC, ``SRID=4326;POINT(1 2)`` through ``ST_GeomFromText``, an IPv4 address
for an ``inet6`` column as the IPv6 address that stands for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa

from ...catalog import Column, Kind
from .values_kept import kept

Values = Sequence[object]

_SRID = re.compile(r"^SRID=(\d+);", re.I)
_PLAIN_POINT = re.compile(r"^\(\s*([^,()]+?)\s*,\s*([^,()]+?)\s*\)$")
_BITS = re.compile(r"^(?:[bB]')?([01]+)'?$")
_MOMENTS = (Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.DATE)
_LONGITUDE_FIRST = 4326


@dataclass(frozen=True, slots=True)
class Sent:
    """A column as it goes into a statement: the place of one value, with ``%s`` in it, and the values."""

    place: str
    values: Values


def sent(array: pa.Array, column: Column | None = None, *, mariadb: bool = True) -> Sent:
    """A batch's column for the table's column; without one, by the Arrow type alone."""
    values = _plain(array, column)
    if column is None or not pa.types.is_string(array.type):
        return Sent("%s", values if column is None else kept(values, column))
    if column.type.kind is Kind.GEOMETRY:
        return _geometry(values, column, mariadb=mariadb)
    if column.type.kind is Kind.VECTOR:
        return Sent("VEC_FromText(%s)" if mariadb else "STRING_TO_VECTOR(%s)", values)
    reader = _reader(column)
    read = values if reader is None else [None if item is None else reader(str(item)) for item in values]
    return Sent("%s", kept(read, column))


def _plain(array: pa.Array, column: Column | None) -> Values:
    kind = array.type
    if pa.types.is_list(kind):
        return _array_texts(array)
    if pa.types.is_fixed_size_binary(kind):
        if column is not None and column.type.kind is Kind.BYTES:
            octets: Values = array.to_pylist()
            return octets
        spelled = _uuid if column is not None and column.type.base == "uuid" else str
        return [None if item is None else spelled(str(UUID(bytes=item))) for item in array.to_pylist()]
    if pa.types.is_boolean(kind):
        return [None if item is None else int(item) for item in array.to_pylist()]
    if pa.types.is_timestamp(kind):
        array = array.cast(pa.timestamp("us", kind.tz)).cast(pa.timestamp("us"))
    values: Values = array.to_pylist()
    return values


def _array_texts(array: pa.ListArray) -> Values:
    """Each list as JSON; what JSON has no word for as text."""
    items = iter([_in_json(item) for item in _plain(array.flatten(), None)])
    return [
        None if size is None else json.dumps([next(items) for _ in range(size)], ensure_ascii=False)
        for size in array.value_lengths().to_pylist()
    ]


def _in_json(item: object) -> object:
    return item if item is None or isinstance(item, int | float | str) else str(item)


def _reader(column: Column) -> Callable[[str], object] | None:
    """What turns a text into what the column's type takes; None where the server reads the text itself."""
    kind = column.type.kind
    if kind is Kind.BYTES:
        return _octets
    if column.type.base == "uuid":
        return _uuid
    if column.type.base == "bit":
        return _bits
    if column.type.base in ("inet4", "inet6"):
        return _inet4 if column.type.base == "inet4" else _inet6
    return _moment if kind in _MOMENTS else None


def _uuid(text: str) -> str:
    """Version 4 for the UUIDs of version 8 that MariaDB takes for none, though they are sound: those of ``…-8…-80…``."""
    return f"{text[:14]}4{text[15:]}" if text[14:15] == "8" and text[19:21] == "80" else text


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("\\x")) if text.startswith("\\x") else text.encode()
    except ValueError:
        return text.encode()


def _bits(text: str) -> object:
    found = _BITS.match(text)
    return int(found[1], 2) if found else text


def _inet4(text: str) -> str:
    return text.partition("/")[0]


def _inet6(text: str) -> str:
    address = text.partition("/")[0]
    return address if ":" in address else f"::ffff:{address}"


def _moment(text: str) -> object:
    """A moment with a zone in UTC; any other text as it is."""
    if len(text) <= len("2026-04-06") or not (text.endswith("Z") or re.search(r"[+-]\d\d(?::?\d\d)?$", text)):
        return text
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def _geometry(values: Values, column: Column, *, mariadb: bool) -> Sent:
    """Well-known text with the column's reference system, or the first text's own where the column has none."""
    texts = [None if item is None else str(item) for item in values]
    found = next((match for text in texts if text and (match := _SRID.match(text))), None)
    srid = column.type.srid or (int(found[1]) if found else 0)
    order = ", 'axis-order=long-lat'" if srid == _LONGITUDE_FIRST and not mariadb else ""
    bare = [None if text is None else _PLAIN_POINT.sub(r"POINT(\1 \2)", _SRID.sub("", text)) for text in texts]
    made = f"ST_GeomFromText(%s, {srid}{order})"
    # MariaDB makes null of a text that is no geometry; the text itself is refused, as MySQL refuses it.
    return Sent(f"IFNULL({made}, %s)" if mariadb else made, bare)


def received(values: Values, kind: pa.DataType) -> pa.Array:
    """A column's values as read, in the Arrow type of its definition."""
    if pa.types.is_list(kind):
        return _received_arrays(values, kind)
    if pa.types.is_decimal(kind):
        return _mapped(values, str, pa.string()).cast(kind)
    if pa.types.is_fixed_size_binary(kind):
        return _mapped(values, lambda item: UUID(str(item)).bytes, kind)
    if pa.types.is_boolean(kind):
        return _mapped(values, bool, kind)
    if pa.types.is_floating(kind):
        return _mapped(values, lambda item: float(str(item)), kind)
    if pa.types.is_timestamp(kind):
        return pa.array(values, type=pa.timestamp("us")).cast(pa.int64()).cast(kind)
    return pa.array(values, type=kind)


def _received_arrays(values: Values, kind: pa.DataType) -> pa.Array:
    lists = [None if item is None else json.loads(str(item)) for item in values]
    flat = _from_json([item for members in lists if members for item in members], kind.value_type)
    offsets = [0]
    for members in lists:
        offsets.append(offsets[-1] + len(members or ()))
    empty = pa.array([members is None for members in lists], type=pa.bool_())
    return pa.ListArray.from_arrays(pa.array(offsets, type=pa.int32()), flat, mask=empty).cast(kind)


def _from_json(values: Values, kind: pa.DataType) -> pa.Array:
    if pa.types.is_temporal(kind):
        return pa.array(values, type=pa.string()).cast(kind)
    return received(values, kind)


def _mapped(values: Values, function: Callable[[object], object], kind: pa.DataType) -> pa.Array:
    return pa.array([None if item is None else function(item) for item in values], type=kind)
