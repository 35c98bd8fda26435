"""What a run plans from: the tables with the rows that others put there, and not with those that it put there itself.

Our own rows are made again rather than read, so a plan takes them for absent; what stood in a table before the first
of them stays what it was then. So more rows can be asked for at any time, and every row that is there keeps its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..catalog import Catalog, ExistingRows
from ..planner.filling import FillPlan, plan_filling
from ..planner.filling.links import selected
from .history import FillRun, growth_of, segments, with_run
from .jumps import jumps_for, with_jumps
from .ledger import Fill, TableRecord
from .order import FillOrder
from .shapes import shapes_of

_NONE = ExistingRows()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run about to begin: the tables as it sees them, its plan, and what to remember of it."""

    catalog: Catalog
    plan: FillPlan
    run: FillRun


def prepare(order: FillOrder, actual: Catalog, fill: Fill | None, records: Mapping[str, TableRecord]) -> Prepared:
    """Plan a run, as far as may be as the runs before were planned.

    Args:
        order: what is asked for.
        actual: the tables as they stand, our rows included.
        fill: what the ledger knows of the dataset.
        records: how far its tables have come.
    """
    request = order.request_for(actual)
    if fill is None or not records:
        plan = plan_filling(actual, request)
        return Prepared(actual, plan, replace(_run(order, actual, actual, {}), sizes=_sizes(plan, {})))
    covered = {name: record.covered for name, record in records.items()}
    grown = growth_of(with_run(fill.runs, replace(_run(order, actual, actual, covered), sizes=covered)))
    request = replace(request, growth=grown)
    catalog = with_existing(actual, {name: before_ours(fill, record) for name, record in records.items()})
    plan = plan_filling(catalog, request)
    changes = _unfilled(order, actual, fill, records, plan)
    if any(catalog.tables[name].existing != rows for name, rows in changes.items()):
        catalog = with_existing(catalog, changes)
        plan = plan_filling(catalog, request)
    jumps = jumps_for(actual, plan, records, fill.runs[-1].jumps)
    run = replace(_run(order, actual, catalog, covered), jumps=jumps, sizes=_sizes(plan, covered))
    growth = growth_of(with_run(fill.runs, run))
    return Prepared(catalog, replace(with_jumps(plan, jumps), growth=growth), run)


def _sizes(plan: FillPlan, covered: Mapping[str, int]) -> dict[str, int]:
    """How many rows each table is to have in the end, those of earlier runs included."""
    sizes = {name: max(table.rows, covered.get(name, 0)) for name, table in plan.tables.items()}
    return {name: rows for name, rows in {**covered, **sizes}.items() if rows}


def with_existing(catalog: Catalog, existing: Mapping[str, ExistingRows]) -> Catalog:
    """The catalogue with other rows standing in some of its tables."""
    tables = dict(catalog.tables)
    for name, rows in existing.items():
        if name in tables:
            tables[name] = replace(tables[name], existing=rows)
    return replace(catalog, tables=tables)


def before_ours(fill: Fill, record: TableRecord) -> ExistingRows:
    """What stood in a table when the first of our rows came."""
    number = next((number for number, _, _ in segments(fill.runs, record.name, record.covered)), 0)
    return fill.runs[number].existing.get(record.name, _NONE)


def _unfilled(
    order: FillOrder, actual: Catalog, fill: Fill, records: Mapping[str, TableRecord], plan: FillPlan
) -> dict[str, ExistingRows]:
    """Tables that this run leaves alone, with the rows that others may refer to.

    Of tables that hold none of our rows, those that the last run saw: rows that refer to one of them stay as they
    are. Of tables that do but were not chosen this time, all that is there.
    """
    last, request = fill.runs[-1], order.request
    found = {}
    for name, table in actual.tables.items():
        if name in plan.tables and plan.tables[name].rows:
            continue
        if name not in records:
            if name in last.shapes:
                found[name] = last.existing.get(name, _NONE)
        elif not selected(table, request.only, request.exclude):
            found[name] = table.existing
    return found


def _run(order: FillOrder, actual: Catalog, catalog: Catalog, covered: Mapping[str, int]) -> FillRun:
    request = order.request
    return FillRun(
        request.rows, request.scale, request.only, request.exclude, order.schemas, request.create_partitions, covered,
        _rows_in(catalog), shapes=shapes_of(actual),
        own={name: one.rows for name, one in order.request_for(actual).choices.items() if one.rows is not None},
    )  # fmt: skip


def _rows_in(catalog: Catalog) -> dict[str, ExistingRows]:
    return {name: table.existing for name, table in catalog.tables.items() if table.existing.count}
