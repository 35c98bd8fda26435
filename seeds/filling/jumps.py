"""Sequences that go on above numbers which others have taken since our rows came.

Rows are numbered in sequence, and so are those that an application or a trigger adds afterwards. Where they have
taken the numbers of the rows to come, the sequence goes on further up from there; rows that are there stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generators import compile_dataset
from generators.spec import ColumnSpec, ColumnType, GeneratorSpec, TableSpec

from ..catalog import Catalog, Table
from ..planner.filling import FillPlan, FillTable
from .history import Jump, Jumps
from .ledger import TableRecord

_ROW = "row_number"


def jumps_for(actual: Catalog, plan: FillPlan, records: Mapping[str, TableRecord], before: Jumps) -> Jumps:
    """The jumps made so far, and those that the rows to come need.

    Args:
        actual: the tables with all rows that stand there now, ours included.
        plan: what is asked for, without any jump.
        records: how far our tables have come.
        before: the jumps of the runs before.
    """
    found = {name: dict(columns) for name, columns in before.items() if name in records}
    for name, record in records.items():
        planned = plan.tables.get(name)
        if planned is None or planned.rows <= record.covered:
            continue
        for column, start, step in _sequences(planned):
            made = tuple(jump for jump in found.get(name, {}).get(column, ()) if jump[0] < record.covered)
            jump = _jump(actual.tables[name], column, start, step, made, record.covered)
            made = (*made, jump) if jump else made
            if made:
                found.setdefault(name, {})[column] = made
    return found


def with_jumps(plan: FillPlan, jumps: Jumps) -> FillPlan:
    """The plan with its sequences going on where the jumps say."""
    if not jumps:
        return plan
    tables = [
        _jumping(plan, table, jumps[table.name]) if jumps.get(table.name) else table for table in plan.spec.tables
    ]
    return replace(plan, dataset=compile_dataset(replace(plan.spec, tables=tuple(tables))))


def _sequences(planned: FillTable) -> Iterator[tuple[str, int, int]]:
    """Columns that are numbered upwards: name, first number, and how far it is to the next."""
    for column in planned.columns:
        if column.generator is not None and column.generator.name == "sequence":
            start, step = column.generator.parameters.get("start", 1), column.generator.parameters.get("step", 1)
            if isinstance(start, int) and isinstance(step, int) and step > 0:
                yield column.name, start, step


def _jump(table: Table, column: str, start: int, step: int, made: tuple[Jump, ...], covered: int) -> Jump | None:
    """How far to go on from the next row; None where nobody took its number, or there is no room above."""
    largest = table.existing.largest.get(column)
    further = made[-1][1] if made else 0
    if largest is None or largest <= start + (covered - 1) * step + further:
        return None
    free = start + covered * step
    further = -(-(largest + 1 - free) // step) * step
    high = table.column(column).type.high
    return None if high is not None and free + further > high else (covered, further)


def _jumping(plan: FillPlan, table: TableSpec, jumps: Mapping[str, tuple[Jump, ...]]) -> TableSpec:
    engines = {column.engine: column.name for column in plan.tables[table.name].columns}
    row = _ROW
    while any(column.name == row for column in table.columns):
        row += "_"
    columns = [
        replace(column, generator=_further(column.generator, row, jumps[name]))
        if (name := engines.get(column.name, "")) in jumps and column.generator.name == "sequence"
        else column
        for column in table.columns
    ]
    working = ColumnSpec(row, ColumnType("bigint"), GeneratorSpec("ordinal"), stored=False)
    return replace(table, columns=(working, *columns))


def _further(generator: GeneratorSpec, row: str, jumps: tuple[Jump, ...]) -> GeneratorSpec:
    """The sequence, and from each jump's row on the same sequence that much further."""
    start, step = generator.parameters.get("start", 1), generator.parameters.get("step", 1)
    assert isinstance(start, int)
    found = generator
    for first, further in jumps:
        cases = {
            "false": {found.name: dict(found.parameters)},
            "true": {"sequence": {"start": start + further, "step": step}},
        }
        found = GeneratorSpec("given", {"on": f"{row} >= {first}", "cases": cases})
    return found
