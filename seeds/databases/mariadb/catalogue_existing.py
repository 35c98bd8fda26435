"""Rows that stand in tables already: how many, and the values of their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from ...catalog import KEYS_READ, Column, ExistingRows, Kind, Table
from .connection import MariadbConnection, quoted

_TABLES_A_QUERY = 100
_WITHOUT_VALUES = (Kind.GEOMETRY, Kind.VECTOR)


def existing_rows(connection: MariadbConnection, tables: Mapping[str, Table]) -> dict[str, ExistingRows]:
    """What stands in each table that is not empty: a query for every hundred tables, and one or two for each of those."""
    wanted = _key_columns(tables.values())
    return {
        name: _read(connection, tables[name], [tables[name].column(column) for column in wanted[name]], rows)
        for name, rows in _counts(connection, list(tables)).items()
        if rows
    }


def _counts(connection: MariadbConnection, names: list[str]) -> dict[str, int]:
    """Rows of each table, counted no further than needed; beyond that the server's estimate."""
    counts: dict[str, int] = {}
    for start in range(0, len(names), _TABLES_A_QUERY):
        queries = (
            f"SELECT {connection.literal(name)} AS t, "
            f"(SELECT COUNT(*) FROM (SELECT 1 FROM {quoted(name)} LIMIT {KEYS_READ + 1}) AS r) AS n"
            for name in names[start : start + _TABLES_A_QUERY]
        )
        counts.update((str(name), int(str(rows))) for name, rows in connection.fetch(" UNION ALL ".join(queries)))
    if not any(rows > KEYS_READ for rows in counts.values()):
        return counts
    estimates = connection.fetch(
        "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
    )
    large = {str(name): int(str(rows or 0)) for name, rows in estimates}
    return {name: rows if rows <= KEYS_READ else max(rows, large.get(name, 0)) for name, rows in counts.items()}


def _key_columns(tables: Iterable[Table]) -> dict[str, list[str]]:
    """By table, the columns of its keys and those that foreign keys refer to, in the table's order."""
    found: dict[str, set[str]] = {}
    held = {table.name: table for table in tables}
    for table in held.values():
        found.setdefault(table.name.name, set()).update(name for key in table.keys for name in key.columns)
        for key in table.foreign_keys:
            if key.target in held:
                found.setdefault(key.target.name, set()).update(key.target_columns)
    return {
        table.name.name: [
            column.name
            for column in table.columns
            if column.name in found[table.name.name] and column.type.kind not in _WITHOUT_VALUES
        ]
        for table in held.values()
    }


def _read(connection: MariadbConnection, table: Table, columns: list[Column], rows: int) -> ExistingRows:
    if not columns:
        return ExistingRows(rows)
    place = quoted(table.name.name)
    first = table.keys[0].columns if table.keys else ()
    order = f" ORDER BY {', '.join(map(quoted, first))}" if first else ""
    names = ", ".join(quoted(column.name) for column in columns)
    found = connection.fetch(f"SELECT {names} FROM {place}{order} LIMIT {KEYS_READ}")
    values = {
        column.name: tuple(_value(item, column) for item in items)
        for column, items in zip(columns, zip(*found, strict=True), strict=True)
    }
    whole = [column for column in columns if column.type.kind is Kind.INTEGER]
    if rows > KEYS_READ and whole:
        tops = connection.fetch(f"SELECT {', '.join(f'MAX({quoted(column.name)})' for column in whole)} FROM {place}")[
            0
        ]
        largest: dict[str, object] = {column.name: _value(top, column) for column, top in zip(whole, tops, strict=True)}
    else:
        largest = {column.name: _largest(values[column.name]) for column in whole}
    return ExistingRows(rows, values, {name: top for name, top in largest.items() if isinstance(top, int)})


def _largest(values: Iterable[object]) -> int | None:
    return max((item for item in values if isinstance(item, int)), default=None)


def _value(item: object, column: Column) -> object:
    """A key's value as the planner compares it; octets as they are written for a binary column."""
    kind = column.type.kind
    if isinstance(item, bytes):
        if column.type.base == "bit":
            number = int.from_bytes(item, "big")
            return number if kind is Kind.INTEGER else format(number, f"0{column.type.size or 1}b")
        return "\\x" + item.hex()
    if isinstance(item, datetime):
        return item.replace(tzinfo=UTC) if kind is Kind.TIMESTAMPTZ else item
    if isinstance(item, float):
        return Decimal(repr(item))
    if kind is Kind.UUID:
        return None if item is None else UUID(str(item))
    return item if item is None or isinstance(item, int | str | Decimal | date) else str(item)
