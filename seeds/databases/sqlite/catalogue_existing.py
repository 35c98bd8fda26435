"""Rows that stand in tables already: how many, and the values of their keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from ...catalog import KEYS_READ, Column, ExistingRows, Kind, Table
from .session import quoted


def existing_rows(connection: sqlite3.Connection, tables: Mapping[str, Table]) -> dict[str, ExistingRows]:
    """What stands in each table that is not empty."""
    wanted = _key_columns(tables.values())
    found = {}
    for name, table in tables.items():
        (rows,) = connection.execute(f"SELECT COUNT(*) FROM {quoted(name)}").fetchone()
        if rows:
            found[name] = _read(connection, table, [table.column(column) for column in wanted[name]], rows)
    return found


def _key_columns(tables: Iterable[Table]) -> dict[str, list[str]]:
    """By table, the columns of its keys and those that foreign keys refer to, in the table's order."""
    held = {table.name: table for table in tables}
    found = {name: {column for key in table.keys for column in key.columns} for name, table in held.items()}
    for table in held.values():
        for key in table.foreign_keys:
            found.get(key.target, set()).update(key.target_columns)
    return {name.name: [column.name for column in held[name].columns if column.name in found[name]] for name in held}


def _read(connection: sqlite3.Connection, table: Table, columns: list[Column], rows: int) -> ExistingRows:
    if not columns:
        return ExistingRows(rows)
    place, names = quoted(table.name.name), ", ".join(quoted(column.name) for column in columns)
    first = table.keys[0].columns if table.keys else ()
    order = f" ORDER BY {', '.join(map(quoted, first))}" if first else ""
    found = connection.execute(f"SELECT {names} FROM {place}{order} LIMIT {KEYS_READ}").fetchall()
    values = {
        column.name: tuple(_value(item, column.type.kind) for item in items)
        for column, items in zip(columns, zip(*found, strict=True), strict=True)
    }
    tops = {}
    for column in columns:
        if column.type.kind is Kind.INTEGER:
            (tops[column.name],) = connection.execute(f"SELECT MAX({quoted(column.name)}) FROM {place}").fetchone()
    return ExistingRows(rows, values, {name: top for name, top in tops.items() if isinstance(top, int)})


def _value(item: object, kind: Kind) -> object:
    """A key's value as the planner compares it; what does not fit the declared type stays as it is."""
    if isinstance(item, bytes):
        return str(UUID(bytes=item)) if kind is Kind.UUID and len(item) == 16 else "\\x" + item.hex()
    if isinstance(item, float):
        return Decimal(repr(item))
    try:
        return _converted(item, kind)
    except ValueError:
        return item


def _converted(item: object, kind: Kind) -> object:
    if kind is Kind.BOOLEAN and item in (0, 1):
        return bool(item)
    if kind is Kind.NUMERIC and isinstance(item, int):
        return Decimal(item)
    if not isinstance(item, str):
        return item
    if kind is Kind.UUID:
        return UUID(item)
    if kind is Kind.DATE:
        return date.fromisoformat(item)
    if kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        moment = datetime.fromisoformat(item)
        return moment.replace(tzinfo=UTC) if kind is Kind.TIMESTAMPTZ and moment.tzinfo is None else moment
    return item
