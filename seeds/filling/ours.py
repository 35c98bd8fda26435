"""The rows of a fill, made again from what the ledger remembers: for taking them out, and for looking at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from generators import Growth

from ..catalog import Catalog, ExistingRows, Table
from ..dataset.existing import ExistingDataset, parse_existing
from ..errors import DatasetFileError
from ..planner.filling import FillPlan, FillRequest, FillTable, TableChoice, plan_filling
from ..ports import Fillable
from .history import FillRun, growth_of, segments
from .jumps import with_jumps
from .ledger import Fill, TableRecord
from .order import FillOrder
from .preparing import before_ours, with_existing
from .resuming import present
from .rows import RowSource
from .shapes import shapes_of

_CHUNK_ROWS = 50_000


class Ours:
    """What a dataset's fill put into a database, table by table.

    Args:
        database: the target; its catalogue is read when this is made.
        fill: what the ledger knows of the dataset.
        records: how far its tables have come.
    """

    def __init__(self, database: Fillable, fill: Fill, records: Mapping[str, TableRecord]) -> None:
        self.records = dict(records)
        self.catalog = database.catalog(schemas=fill.runs[-1].schemas)
        self._database = database
        self._fill = fill
        self._dataset = parse_existing(fill.definition.encode(), fill.dataset) if fill.definition else None
        self._shapes = shapes_of(self.catalog)
        self._sources: dict[int, tuple[FillPlan, RowSource]] = {}

    @property
    def session(self) -> Mapping[str, str]:
        """The settings that the rows were put in with."""
        return {**self._database.session_for(self.catalog), **(self._dataset.session if self._dataset else {})}

    @property
    def plan(self) -> FillPlan:
        """The plan of the last run, as it would be made today."""
        return self._source(len(self._fill.runs) - 1)[0]

    def before(self, name: str) -> ExistingRows:
        """What stood in a table before the first of our rows."""
        if name in self.records:
            return before_ours(self._fill, self.records[name])
        return self._fill.runs[-1].existing.get(name, ExistingRows())

    def changed(self, name: str) -> bool:
        """Whether a table, or one that it needs, has another shape than when its rows were made."""
        made = segments(self._fill.runs, name, self.records[name].covered)
        return any(self._fill.runs[number].shapes.get(name) != self._shapes.get(name) for number, _, _ in made)

    def batches(self, name: str, *, deferred: bool = False) -> Iterator[pa.RecordBatch]:
        """A table's rows that are to be there, the last first; none where they can no longer be made.

        Args:
            name: the table.
            deferred: its primary key and the columns that were put in afterwards, instead of all others.
        """
        record = self.records[name]
        for number, start, stop in reversed(list(segments(self._fill.runs, name, record.covered))):
            plan, source = self._source(number)
            table = plan.tables.get(name)
            if table is None or not table.rows or (deferred and not table.deferred):
                continue
            ordinals = present(record, start, stop)
            for end in range(len(ordinals), 0, -_CHUNK_ROWS):
                batch = source.batch(table, ordinals[max(end - _CHUNK_ROWS, 0) : end], deferred=deferred)
                if batch.num_columns:
                    yield batch

    def table(self, name: str) -> FillTable | None:
        """A table in the last run's plan, if it is still there."""
        return self.plan.tables.get(name)

    def _source(self, number: int) -> tuple[FillPlan, RowSource]:
        if number not in self._sources:
            run = self._fill.runs[number]
            growth = growth_of(self._fill.runs[: number + 1])
            plan = replace(_planned(self._seen_by(run), self._fill, run, self._dataset, growth), growth=growth)
            source = RowSource(plan, seed=self._fill.seed, as_of=self._fill.as_of)
            source.resume(self.records)
            self._sources[number] = plan, source
        return self._sources[number]

    def _seen_by(self, run: FillRun) -> Catalog:
        same = run.schemas == self._fill.runs[-1].schemas
        catalog = self.catalog if same else self._database.catalog(schemas=run.schemas)
        return with_existing(catalog, {name: run.existing.get(name, ExistingRows()) for name in catalog.tables})


def keys_of(table: Table, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The columns by which rows of a batch are found: those of a key, or all where the table has none."""
    names = set(batch.schema.names)
    for key in sorted(table.keys, key=lambda key: not key.primary):
        whole = key.columns and not key.expressions and not key.predicate and not key.prefixes
        known = key.primary or not any(table.column(name).nullable for name in key.columns)
        if whole and known and set(key.columns) <= names:
            return batch.select(list(key.columns))
    return batch


def referred_to(batch: pa.RecordBatch, own: tuple[str, ...], theirs: tuple[str, ...]) -> pa.RecordBatch | None:
    """What rows that refer to those of a batch hold in their columns ``theirs``; None where that is not known."""
    if not set(own) <= set(batch.schema.names):
        return None
    values = [batch.column(name) for name in own]
    valid = np.ones(batch.num_rows, dtype=np.bool_)
    for column in values:
        valid &= np.asarray(column.is_valid())
    return pa.RecordBatch.from_arrays(values, names=list(theirs)).filter(pa.array(valid))


def _planned(
    catalog: Catalog, fill: Fill, run: FillRun, dataset: ExistingDataset | None, growth: Mapping[str, Growth]
) -> FillPlan:
    request = FillRequest(
        dataset=fill.dataset, rows=run.rows, as_of=fill.as_of, seed=fill.seed, scale=run.scale, only=run.only,
        exclude=run.exclude, create_partitions=run.create_partitions, growth=growth,
    )  # fmt: skip
    order = FillOrder(request, _surviving(dataset, catalog) if dataset else None)
    request = order.request_for(catalog)
    choices = {name: replace(choice, rows=None) for name, choice in request.choices.items()}
    choices |= {name: replace(choices.get(name, TableChoice()), rows=rows) for name, rows in run.own.items()}
    return with_jumps(plan_filling(catalog, replace(request, choices=choices)), run.jumps)


def _surviving(dataset: ExistingDataset, catalog: Catalog) -> ExistingDataset:
    """The dataset without what it says of tables and columns that the database no longer has."""
    kept = {}
    for name, entry in dataset.file.tables.items():
        try:
            replace(dataset, file=dataset.file.model_copy(update={"tables": {name: entry}})).choices(catalog)
        except DatasetFileError:
            continue
        kept[name] = entry
    return replace(dataset, file=dataset.file.model_copy(update={"tables": kept}))
