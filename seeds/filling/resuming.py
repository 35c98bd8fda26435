"""What a run that was killed may have left undone in tables whose rows it had put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..findings import Finding, Severity
from ..planner.filling import FillPlan, FillTable
from ..ports import RowWriter
from ..rejections import RowsRejected
from .ledger import TableRecord
from .report import TableReport
from .rows import I64, RowSource

_CHUNK_ROWS = 50_000


def with_deferred(
    writer: RowWriter,
    plan: FillPlan,
    source: RowSource,
    records: Mapping[str, TableRecord],
    reports: Mapping[str, TableReport],
) -> dict[str, TableReport]:
    """Fill in again what had to wait until other rows were there; where that was done before, nothing changes.

    Args:
        writer: a connection without open changes.
        plan: what the tables are filled with.
        source: makes the rows.
        records: how far the tables had come when this run began.
        reports: what it did.
    """
    found = dict(reports)
    for key, table in plan.tables.items():
        if table.deferred and key in records:
            refusal = _fill_in(writer, table, source, present(records[key]))
            if refusal is not None:
                found[key] = replace(found[key], findings=(*found[key].findings, refusal))
    return found


def present(record: TableRecord, start: int = 0, stop: int | None = None) -> I64:
    """The rows of a table that were put in, of those in [start, stop)."""
    ordinals = np.arange(start, record.covered if stop is None else stop, dtype=np.int64)
    return ordinals[~np.isin(ordinals, np.array(record.refused, dtype=np.int64))]


def _fill_in(writer: RowWriter, table: FillTable, source: RowSource, ordinals: I64) -> Finding | None:
    primary = table.table.primary_key
    assert primary is not None  # only rows that can be found again are deferred
    try:
        for start in range(0, len(ordinals), _CHUNK_ROWS):
            batch = source.batch(table, ordinals[start : start + _CHUNK_ROWS], deferred=True)
            writer.update(table.table, primary.columns, batch)
        writer.commit()
    except RowsRejected as error:
        writer.rollback()
        message = f"{', '.join(table.deferred)} stay as they are: {error.rejection.message}"
        hint = "give the columns a generator in a dataset file"
        return Finding("DEFERRED_LEFT_NULL", Severity.WARNING, table.key, message, hint)
    return None
