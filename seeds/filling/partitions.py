"""Making the partitions that tables lack, before anything is planned: in one transaction, and table by table in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from ..catalog import Catalog
from ..errors import TargetBusy, TargetError
from ..findings import Finding, Severity
from ..planner.filling import FillPlan, FillRequest, plan_filling
from ..planner.filling.new_partitions import Lack, NewPartition, lacks_of, with_partitions
from ..ports import Fillable, RowWriter

Findings = Mapping[str, Finding]
"""What became of the partitions of each table that lacked any."""

_SAVEPOINT = "understudy_partitions"
_STAY = "they stay after a reset: drop them by hand where they are in the way"


def created(
    database: Fillable, catalog: Catalog, request: FillRequest, schemas: tuple[str, ...]
) -> tuple[Catalog, Findings]:
    """Make what tables lack, if that is wished; a table whose partitions are refused keeps lacking them.

    Returns:
        The database as it stands then, and what became of each table's partitions.
    """
    lacks = _wanted(catalog, request) if request.create_partitions else {}
    if not lacks:
        return catalog, {}
    writer = database.writer()
    try:
        together = database.capabilities.transactional_ddl
        found = {key: _create(writer, database.location, key, lack, together) for key, lack in lacks.items()}
        writer.commit()
    finally:
        writer.close()
    return database.catalog(schemas=schemas), found


def as_if_created(catalog: Catalog, request: FillRequest) -> tuple[Catalog, Findings]:
    """The database as it will be when the partitions are made, and what will be made; nothing is written."""
    lacks = _wanted(catalog, request) if request.create_partitions else {}
    planned = {
        key: Finding(
            "PARTITION_CREATED", Severity.INFO, key, f"{_count(lack.partitions)} made first: {lack.ddl}", _STAY
        )
        for key, lack in lacks.items()
    }  # fmt: skip
    return with_partitions(catalog, lacks), planned


def noted(plan: FillPlan, findings: Findings) -> FillPlan:
    """The plan with what became of the partitions."""
    tables = {
        key: replace(table, findings=(findings[key], *table.findings)) if key in findings else table
        for key, table in plan.tables.items()
    }
    return replace(plan, tables=tables)


def _wanted(catalog: Catalog, request: FillRequest) -> dict[str, Lack]:
    """What tables lack that are to be filled."""
    lacks = lacks_of(catalog, request)
    if not lacks or not request.only:
        return lacks
    filled = plan_filling(with_partitions(catalog, lacks), request).tables
    return {key: lack for key, lack in lacks.items() if filled[key].rows}


def _create(writer: RowWriter, location: str, key: str, lack: Lack, transactional: bool) -> Finding:
    refusal = _attempt(writer, lack.partitions, transactional)
    made = lack.partitions
    if refusal is not None and lack.otherwise and _attempt(writer, lack.otherwise, transactional) is None:
        refusal, made = None, lack.otherwise
    if refusal is None:
        names = ", ".join(one.partition.name.key for one in made)
        return Finding("PARTITION_CREATED", Severity.INFO, key, f"{_count(made)} made: {names}", _STAY)
    reason = str(refusal).removeprefix(f"{location}: ")
    return Finding(
        "PARTITION_REFUSED", Severity.ERROR, key, f"its partitions cannot be made: {reason}",
        f"have somebody who may do so run: {lack.ddl}",
    )  # fmt: skip


def _attempt(writer: RowWriter, partitions: Sequence[NewPartition], transactional: bool) -> Exception | None:
    """Make all of them, or none and say why; where DDL is no part of a transaction, there is never more than one."""
    try:
        with _together(writer) if transactional else nullcontext():
            for one in partitions:
                writer.execute(one.statement)
    except (TargetError, TargetBusy) as refusal:
        return refusal
    return None


@contextmanager
def _together(writer: RowWriter) -> Iterator[None]:
    writer.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
    except (TargetError, TargetBusy):
        writer.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
        raise
    finally:
        writer.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}")


def _count(made: Sequence[NewPartition]) -> str:
    return "1 partition is" if len(made) == 1 else f"{len(made)} partitions are"
