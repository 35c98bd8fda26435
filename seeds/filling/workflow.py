"""Filling a database's own tables: behind the gate, under the lock, and never more than was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from ..catalog import Catalog
from ..dataset.existing import parse_existing
from ..driver_errors import refused
from ..environment import may_write
from ..errors import DatasetFileError, ManifestConflict
from ..loader import Progress
from ..planner.filling import FillPlan
from ..ports import Fillable
from .history import FillRun, with_run
from .ledger import Fill, Ledger, TableRecord
from .load import Loader
from .order import FillOrder
from .partitions import as_if_created, created, noted
from .report import FillReport, TableReport
from .resuming import with_deferred
from .rows import RowSource
from .standing import not_empty, prepare_from
from .vacancy import show_vacancy

__all__ = ["FillOrder", "fill", "plan"]


def plan(database: Fillable, order: FillOrder) -> tuple[Catalog, FillPlan]:
    """What a fill would do; nothing is written and no marker is needed."""
    with refused(database.location):
        order.check_tables(database)
        catalog = database.catalog(schemas=order.schemas)
        order.check_names(catalog)
        order.check_sizes(catalog)
        actual, lacking = as_if_created(catalog, order.request_for(catalog))
        ledger = Ledger(database)
        present = ledger.read(order.request.dataset)
        standing = not_empty(database, order, actual, ledger.records(order.request.dataset))
        prepared, standing = prepare_from(database, order, actual, present, standing)
    return prepared.catalog, noted(noted(prepared.plan, lacking), standing.findings)


def fill(
    database: Fillable,
    order: FillOrder,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[Progress], None] = lambda _: None,
) -> FillReport:
    """Fill every table that can be filled, and say of each other one why not.

    Raises:
        WriteRefused: if the gate does not know the database as a place for test data.
        ManifestConflict: if it holds the dataset with another seed, date, definition or more rows.
        TargetBusy: if somebody else is filling it.
    """
    started = time.perf_counter()
    request = order.request
    with refused(database.location):
        order.check_tables(database)
        permission = may_write(
            database, stamp=order.stamp, clock=clock, vacancy=lambda: show_vacancy(database, database.catalog())
        )
        with database.lock(request.dataset):
            ledger = Ledger(database)
            present = ledger.read(request.dataset)
            catalog = database.catalog(schemas=order.schemas)
            order.check_names(catalog)
            order.check_sizes(catalog)
            standing = not_empty(database, order, catalog, ledger.records(request.dataset))
            if present is not None and standing.records:
                _check_same(order, present)
            actual, made = created(database, catalog, order.request_for(catalog), order.schemas)
            prepared, standing = prepare_from(database, order, actual, present, standing)
            records = standing.records
            plan = noted(noted(prepared.plan, made), standing.findings)
            _check_room(order, plan, records)
            planned = time.perf_counter()
            begun = _begun(order, present, prepared.run, permission.environment, clock)
            idle = present is not None and present.finished_at is not None and not _missing(plan, records)
            if standing.gone:
                ledger.forget(request.dataset, standing.gone)
            if not idle:
                ledger.begin(begun)
            undone = bool(standing.gone) or (present is not None and present.finished_at is None)
            tables = _load(database, order, prepared.catalog, plan, records, progress, undone=undone)
            tables = _without(tables, standing.lost)
            if not idle:
                ledger.finish(begun, clock())
    return FillReport(tables, plan.findings, time.perf_counter() - started, planned - started)


def _begun(
    order: FillOrder, present: Fill | None, run: FillRun, environment: str, clock: Callable[[], datetime]
) -> Fill:
    request = order.request
    runs = with_run(present.runs if present else (), run)
    started = present.started_at if present else clock()
    return Fill(request.dataset, request.seed, request.as_of, order.definition, runs, environment, started)


def _missing(plan: FillPlan, records: Mapping[str, TableRecord]) -> bool:
    """Whether any table is to get rows."""
    return any(table.rows > (records[name].covered if name in records else 0) for name, table in plan.tables.items())


def _load(
    database: Fillable,
    order: FillOrder,
    catalog: Catalog,
    plan: FillPlan,
    records: Mapping[str, TableRecord],
    progress: Callable[[Progress], None],
    *,
    undone: bool,
) -> Mapping[str, TableReport]:
    source = RowSource(plan, seed=order.request.seed, as_of=order.request.as_of)
    source.resume(records)
    writer = database.writer()
    try:
        writer.set_session({**database.session_for(catalog), **order.session})
        tables = Loader(writer, plan, source, records=records, progress=progress).run()
        return with_deferred(writer, plan, source, records, tables) if undone else tables
    finally:
        writer.close()


def _without(tables: Mapping[str, TableReport], lost: Mapping[str, int]) -> dict[str, TableReport]:
    """The reports, with rows that are gone not counted as present."""
    return {
        name: replace(report, present=report.present - lost[name], lost=lost[name]) if name in lost else report
        for name, report in tables.items()
    }


def _check_same(order: FillOrder, present: Fill) -> None:
    """Refuse arguments that would not leave the rows present as they are."""
    request = order.request
    facts = (
        ("seed", present.seed, request.seed),
        ("as_of", present.as_of, request.as_of),
        ("definition", "another" if not _defines_the_same(present.definition, order.definition) else "", ""),
    )
    changed = [
        f"{what} {there}" if what != "definition" else "another definition"
        for what, there, asked in facts
        if there != asked
    ]
    if changed:
        raise ManifestConflict(
            f"this database already holds rows of {request.dataset} made with {', '.join(changed)}",
            hint=f"run 'understudy reset {order.written or request.dataset}' first, then seed again",
        )


def _check_room(order: FillOrder, plan: FillPlan, records: Mapping[str, TableRecord]) -> None:
    some = bool(order.request.only or order.request.exclude)  # a table that was not chosen stays as it is
    fewer = [
        name
        for name, record in records.items()
        if (table := plan.tables.get(name)) and max(table.rows, table.asked) < record.covered
        if table.asked or not some
    ]
    if fewer:
        raise ManifestConflict(
            f"this database holds more rows of {order.request.dataset} than asked for, in {', '.join(fewer[:5])}",
            code="MANIFEST_LARGER",
            hint=f"ask for at least as many, or run 'understudy reset {order.written or order.request.dataset}' first",
        )


def _defines_the_same(there: str, asked: str) -> bool:
    """Whether two dataset files make the same rows: how many, and what is said beside them, does not count."""
    if there == asked or not there or not asked:
        return there == asked
    try:
        return _defined(there) == _defined(asked)
    except DatasetFileError:
        return False


def _defined(text: str) -> object:
    tables = parse_existing(text.encode(), "the dataset").file.tables
    told = {name: entry.model_copy(update={"rows": None}).model_dump() for name, entry in tables.items()}
    return {name: entry for name, entry in told.items() if any(entry.values())}
