"""SQL text and values that filling a table needs, from what the catalogue says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from ...catalog import Column, Kind, Table
from .session import quoted
from .values import to_sqlite

STAGED = "temp.understudy_staged"
POSITION = "understudy_position"


class Taken:
    """Counts rows as the driver takes them, so that the last one is known when it fails."""

    def __init__(self) -> None:
        self.last = -1

    def each(self, rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        """The rows, counted."""
        for row in rows:
            self.last += 1
            yield row


def columns_of(table: Table, batch: pa.RecordBatch) -> dict[str, Sequence[object]]:
    """A batch's columns as Python's driver takes them."""
    return {
        name: _adapted(array, table.column(name)) for name, array in zip(batch.schema.names, batch.columns, strict=True)
    }


def _adapted(array: pa.Array, column: Column) -> Sequence[object]:
    r"""A column's values; ``\x00ff`` for a binary column as the bytes."""
    if column.type.kind is not Kind.BYTES:
        return to_sqlite(array)
    if pa.types.is_string(array.type):
        return [item if item is None else _octets(item) for item in array.to_pylist()]
    values: Sequence[object] = array.to_pylist()
    return values


def _octets(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("\\x")) if text.startswith("\\x") else text.encode()
    except ValueError:
        return text.encode()


def insertion(place: str, columns: Mapping[str, object]) -> str:
    """The INSERT that takes a row of these columns."""
    if not columns:
        return f"INSERT INTO {place} DEFAULT VALUES"
    return f"INSERT INTO {place} ({', '.join(map(quoted, columns))}) VALUES ({', '.join('?' * len(columns))})"


def staging_of(table: Table) -> str:
    """DDL of a temporary table with the table's columns, none of which must be given."""
    return f"CREATE TABLE {STAGED} ({', '.join((POSITION, *map(_definition, table.columns)))})"


def _definition(column: Column) -> str:
    collation = " COLLATE NOCASE" if column.type.case_insensitive else ""
    expression = f" AS ({column.expression})" if column.generated else ""
    default = column.default if column.default.startswith('"') else f"({column.default})"  # quoted so, it is a text
    given = f" DEFAULT {default}" if column.default else ""
    return f"{quoted(column.name)} {column.type.name}{collation}{expression}{given}"
