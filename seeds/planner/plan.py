"""A plan lists tables in load order with rows, bytes and findings; it is pure, so it can be tested without a server."""

from __future__ import annotations

from dataclasses import dataclass

from generators import Dataset, Run, count_range, generate
from generators.spec import TableSpec

from ..findings import Finding, Severity

_EXACT_UNITS = 50_000
_SAMPLE_UNITS = 1_000


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table's share of a plan: ``size_bytes`` is the size of its rows as Arrow, before any index."""

    name: str
    level: int
    rows: int
    size_bytes: int
    refers_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would load, in order; ``exact`` tells counted rows from extrapolated ones."""

    dataset: str
    units: int
    exact: bool
    tables: tuple[TablePlan, ...]
    findings: tuple[Finding, ...]


def plan_dataset(run: Run) -> Plan:
    """Count the rows of a run, all of them up to 50,000 units and by extrapolation above.

    Raises:
        DomainTooSmallError: if the size does not fit a unique column.
    """
    dataset = run.dataset
    dataset.check_capacity(run.units)
    counted = min(run.units, _EXACT_UNITS)
    rows = count_range(run, 0, counted)
    scale = run.units / counted if counted else 0.0
    widths = _bytes_per_row(run)
    tables = tuple(
        TablePlan(
            name=table.name,
            level=_level(dataset, table),
            rows=(total := round(rows[table.name] * scale) if _scales(dataset, table) else rows[table.name]),
            size_bytes=round(total * widths.get(table.name, 0.0)),
            refers_to=tuple(sorted({key.table for key in table.foreign_keys} - {table.name})),
        )
        for table in dataset.stored
    )
    return Plan(dataset.name, run.units, counted == run.units, tables, tuple(_findings(dataset)))


def _level(dataset: Dataset, table: TableSpec) -> int:
    root = dataset.tables[table.name].root
    return next(level for level, roots in enumerate(dataset.levels) if root in roots)


def _scales(dataset: Dataset, table: TableSpec) -> bool:
    root = dataset.tables[table.name].root
    return root == dataset.spec.size.root or isinstance(dataset.tables[root].spec.rows, float)


def _bytes_per_row(run: Run) -> dict[str, float]:
    size: dict[str, int] = {}
    rows: dict[str, int] = {}
    for item in generate(run, 0, min(run.units, _SAMPLE_UNITS)):
        size[item.table] = size.get(item.table, 0) + item.batch.nbytes
        rows[item.table] = rows.get(item.table, 0) + item.batch.num_rows
    return {table: size[table] / rows[table] for table in size}


def _findings(dataset: Dataset) -> list[Finding]:
    found = []
    for table in dataset.tables.values():
        for column in table.columns.values():
            if column.bound.definition.per_row or getattr(column.bound.parameters, "per_row", False):
                found.append(
                    Finding(
                        "PER_ROW_GENERATOR",
                        Severity.WARNING,
                        f"{table.name}.{column.name}",
                        f"{column.bound.definition.name} is called once for each row, which is slow",
                        "draw from a pool instead: leave out per_row",
                    )
                )
        if table.spec.stored and not table.spec.primary_key:
            found.append(
                Finding(
                    "NO_PRIMARY_KEY",
                    Severity.WARNING,
                    table.name,
                    f"{table.name} has no primary key, so its rows cannot be told from others' and reset refuses it",
                    "add primary_key",
                )
            )
    return found
