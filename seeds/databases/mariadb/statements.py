"""SQL text and values that filling a table needs, from what the catalogue says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from ...catalog import Column, ForeignKey, Kind, Table
from ...rejections import Rejection
from ..row_order import Order, clearable
from .connection import quoted
from .values import Sent

STAGED = "understudy_staged"
POSITION = "understudy_position"
_PERIOD_ENDS = ("ROW START", "ROW END")  # system versioning's own columns, which no expression makes


def place_of(table: Table) -> str:
    """The table as a statement names it."""
    schema = f"{quoted(table.name.schema)}." if table.name.schema else ""
    return schema + quoted(table.name.name)


def moved(refused: Rejection, position: int) -> Rejection:
    """The same refusal, of the row at another place."""
    return replace(refused, position=position)


def runs_of(order: Order) -> Iterator[tuple[int, list[int]]]:
    """Neighbours of one part together."""
    part, rows = -1, list[int]()
    for place, row in order.rows:
        if place != part and rows:
            yield part, rows
            rows = []
        part = place
        rows.append(row)
    if rows:
        yield part, rows


def without(
    table: Table, columns: Mapping[str, Sent], cleared: Mapping[int, Sequence[ForeignKey]]
) -> Mapping[str, Sent]:
    """The columns with nulls where a reference has to wait."""
    if not cleared:
        return columns
    values = {name: list(item.values) for name, item in columns.items()}
    for row, keys in cleared.items():
        for name in (name for key in keys for name in clearable(table, key)):
            values[name][row] = None
    return {name: Sent(item.place, values[name]) for name, item in columns.items()}


def unmoved(table: Table, besides: Collection[str] = ()) -> Iterator[str]:
    """Assignments that keep ``ON UPDATE CURRENT_TIMESTAMP`` from moving a moment, besides columns that are set."""
    for column in table.columns:
        moment = column.type.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and not column.generated
        if moment and column.name not in besides:
            yield f"{quoted(column.name)} = {quoted(column.name)}"


def nothing_for(table: Table, batch: pa.RecordBatch) -> Mapping[str, Sent]:
    """Null for each column that has no default and was given no value."""
    given = batch.schema.names
    return {
        column.name: Sent("%s", [None] * batch.num_rows)
        for column in table.columns
        if column.name not in given and not (column.nullable or column.default or column.generated)
    }


def staging_of(table: Table) -> str:
    """DDL of a temporary table with the table's columns; as of an outer join, all of them may be null."""
    computed = [item for item in table.columns if item.generated and item.expression not in _PERIOD_ENDS]
    generated = (f"{quoted(item.name)} {item.type.name} AS ({item.expression})" for item in computed)
    declared = ", ".join((f"{POSITION} INT", *generated))
    plain: list[Column] = [item for item in table.columns if not item.generated]
    selected = ", ".join(f"t.{quoted(item.name)}" for item in plain) or "1"
    return (
        f"CREATE TEMPORARY TABLE {STAGED} ({declared}) SELECT {selected} FROM (SELECT 1 AS one) AS d "
        f"LEFT JOIN {place_of(table)} AS t ON FALSE WHERE FALSE"
    )
