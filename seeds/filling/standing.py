"""Are the rows that the ledger knows of still there? Asked before a run relies on them.

Somebody may have emptied a table, or dropped it and made it anew, while the ledger still has it. The catalogue's count
tells most of it; besides that, the first and the last row of ours are looked for by their keys. Only where these are
missing is every row looked for. What cannot be told (rows that a policy may hide, a table whose keys are made otherwise
by now) counts as standing, so that no row of ours is forgotten by mistake.

| finding | means |
|---|---|
| `ROWS_GONE` | none of a table's rows stands there any more: the ledger forgets them, and they are put in again |
| `ROWS_LOST` | some of them are gone, and stay gone |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import pyarrow as pa

from generators import GenerationError

from ..catalog import KEYS_READ, Catalog, ExistingRows, Table
from ..errors import TargetError
from ..findings import Finding, Severity
from ..planner.filling import FillPlan
from ..ports import Fillable, RowWriter
from ..rejections import RowsRejected
from .ledger import Fill, TableRecord
from .order import FillOrder
from .ours import Ours, keys_of
from .preparing import Prepared, before_ours, prepare
from .refusals import renumbers
from .rows import RowSource


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of tables, as far as it holds.

    Attributes:
        records: the tables that hold rows of ours.
        gone: tables that the ledger knows, and that hold none.
        lost: how many rows are gone of tables that hold some.
        findings: by table.
    """

    records: Mapping[str, TableRecord]
    gone: tuple[str, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)

    def without(self, names: Iterable[str]) -> Standing:
        """The same with more tables that hold nothing of ours."""
        more = tuple(names)
        return Standing(
            {name: record for name, record in self.records.items() if name not in more},
            (*self.gone, *more),
            self.lost,
            {**self.findings, **{name: _gone(self.records[name]) for name in more}},
        )


def not_empty(database: Fillable, order: FillOrder, actual: Catalog, records: Mapping[str, TableRecord]) -> Standing:
    """The records of tables that hold any row at all; a table that is not in the catalogue is not looked at."""
    bare = [name for name in records if name in actual.tables and not actual.tables[name].existing.count]
    sure = [name for name in bare if not _may_hide(actual, actual.tables[name])]
    if not sure:
        return Standing(records)
    with _looking(database, order, actual) as look:
        return Standing(records).without([name for name in sure if look.is_empty(actual.tables[name])])


def prepare_from(
    database: Fillable, order: FillOrder, actual: Catalog, fill: Fill | None, standing: Standing
) -> tuple[Prepared, Standing]:
    """Plan a run from the rows of ours that are there: planned again where more turn out to be gone.

    Args:
        database: the target; only read.
        order: what is asked for.
        actual: its tables as they stand.
        fill: what the ledger knows of the dataset.
        standing: what is known of its tables so far.
    """
    prepared = prepare(order, actual, fill, standing.records)
    if fill is None or not standing.records:
        return prepared, standing
    missing = _missing(database, order, actual, fill, standing.records, prepared.plan)
    gone = [name for name, rows in missing.items() if rows >= standing.records[name].loaded]
    found = standing.without(gone)
    lost = {name: rows for name, rows in missing.items() if name not in gone}
    hint = f"see 'understudy verify {order.written or fill.dataset}'; after a reset they can be put in again"
    findings = {name: _lost(rows, standing.records[name], hint) for name, rows in lost.items()}
    found = Standing(found.records, found.gone, lost, {**found.findings, **findings})
    return (prepare(order, actual, fill, found.records) if gone else prepared), found


def _missing(
    database: Fillable,
    order: FillOrder,
    actual: Catalog,
    fill: Fill,
    records: Mapping[str, TableRecord],
    plan: FillPlan,
) -> dict[str, int]:
    """How many rows of each table are gone; tables that have all of theirs are not among them."""
    source = RowSource(plan, seed=order.request.seed, as_of=order.request.as_of)
    source.resume(records)
    short, doubtful = {}, []
    with _looking(database, order, actual) as look:
        for name, record in records.items():
            if name not in actual.tables:
                continue
            lack = _lack(before_ours(fill, record), actual.tables[name].existing, record)
            ends = _ends(source, plan, record)
            if ends is not None and not _stand(look, actual.tables[name], ends):
                doubtful.append(name)
            elif lack:
                short[name] = lack
    if doubtful:
        short |= _counted(database, order, actual, fill, records, doubtful)
    return short


def _lack(before: ExistingRows, now: ExistingRows, record: TableRecord) -> int:
    """How many rows there are too few for all of ours to be there, at least."""
    if now.count > KEYS_READ:  # an estimate
        return 0
    return min(max(before.count + record.loaded - now.count, 0), record.loaded)


def _ends(source: RowSource, plan: FillPlan, record: TableRecord) -> pa.RecordBatch | None:
    """The first and the last of a table's rows that were put in; None where this plan does not make them."""
    planned = plan.tables.get(record.name)
    refused = set(record.refused)
    if planned is None or not planned.rows or len(refused) >= record.covered:
        return None
    first = next(row for row in range(record.covered) if row not in refused)
    last = next(row for row in range(record.covered - 1, -1, -1) if row not in refused)
    try:
        batch = source.batch(planned, np.array(sorted({first, last}), dtype=np.int64))
    except GenerationError:
        return None
    return keys_of(planned.table, batch) if batch.num_columns else None


def _stand(look: _Look, table: Table, keys: pa.RecordBatch) -> bool:
    """Whether rows with these values are there, as the catalogue has it or else the database."""
    values = table.existing.values
    if set(keys.schema.names) <= set(values) and table.existing.count <= KEYS_READ:
        there = set(zip(*([_plain(item) for item in values[name]] for name in keys.schema.names), strict=True))
        rows = zip(*([_plain(item) for item in column.to_pylist()] for column in keys.columns), strict=True)
        if there.issuperset(rows):
            return True
    try:
        return look.writer.present(table, keys) >= len(keys)
    except RowsRejected:
        return False


def _plain(value: object) -> object:
    """A value by which what was read and what is made compare; where they are written otherwise, the database is asked."""
    return str(value) if isinstance(value, UUID) else value


def _counted(
    database: Fillable,
    order: FillOrder,
    actual: Catalog,
    fill: Fill,
    records: Mapping[str, TableRecord],
    names: Iterable[str],
) -> dict[str, int]:
    """Of tables whose first or last row was not found: how many are gone, every row having been looked for."""
    ours = Ours(database, fill, records)
    short: dict[str, int] = {}
    with _looking(database, order, actual) as look:
        for name in names:
            table, record = actual.tables[name], records[name]
            if ours.changed(name) or _may_hide(actual, table) or renumbers(table):
                lack = _lack(before_ours(fill, record), table.existing, record)
                short |= {name: lack} if lack else {}
                continue
            try:
                found = sum(look.writer.present(table, keys_of(table, batch)) for batch in ours.batches(name))
            except (RowsRejected, GenerationError):
                continue  # nobody can tell
            if found < record.loaded:
                short[name] = record.loaded - found
    return short


def _may_hide(catalog: Catalog, table: Table) -> bool:
    """Whether rows may be there that this session does not see."""
    return table.row_security and not catalog.bypasses_security


class _Look:
    """A connection that is opened when it is needed; what it does is undone."""

    def __init__(self, database: Fillable, settings: Mapping[str, str]) -> None:
        self._database = database
        self._settings = settings
        self._writer: RowWriter | None = None

    @property
    def writer(self) -> RowWriter:
        """The connection."""
        if self._writer is None:
            self._writer = self._database.writer()
            self._writer.set_session(self._settings)
        return self._writer

    def is_empty(self, table: Table) -> bool:
        """Whether a table certainly holds no row, in its heirs neither."""
        try:
            return self.writer.count(table) == 0
        except TargetError:  # a login that may write and not read
            self.writer.rollback()
            return False

    def close(self) -> None:
        """Undo and give back."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer.close()


@contextmanager
def _looking(database: Fillable, order: FillOrder, catalog: Catalog) -> Iterator[_Look]:
    look = _Look(database, {**database.session_for(catalog), **order.session})
    try:
        yield look
    finally:
        look.close()


def _gone(record: TableRecord) -> Finding:
    message = f"none of the {record.loaded:,} rows that Understudy put in is there any more: they are forgotten"
    return Finding("ROWS_GONE", Severity.INFO, record.name, f"{message}, and the table is filled anew")


def _lost(rows: int, record: TableRecord, hint: str) -> Finding:
    message = f"{rows:,} of {record.loaded:,} rows that Understudy put in are not there any more, and stay out"
    return Finding("ROWS_LOST", Severity.WARNING, record.name, message, hint)
