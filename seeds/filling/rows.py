"""The rows of a plan as batches for the database: generated, redrawn where they were refused, cut to what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from generators import Run, rows_at

from ..planner.filling import FillPlan, FillTable, Relation
from .ledger import TableRecord
from .other_rows import OtherRows, rows_of_others

I64 = NDArray[np.int64]


class RowSource:
    """Makes batches of a plan's tables; remembers which rows are at which attempt.

    Columns that turned out to be filled by the database, or whose reference leads nowhere after all, are left out or
    emptied from then on.
    """

    def __init__(self, plan: FillPlan, *, seed: int, as_of: date) -> None:
        self._plan = plan
        self._run = Run(plan.dataset, seed, plan.spec.size.default, as_of, as_of, growth=plan.growth)
        self._changes = 0
        self.attempts: dict[str, dict[int, int]] = {}
        self.left_out: dict[str, set[str]] = {}
        self.emptied: dict[str, set[str]] = {}
        self.older: dict[str, set[tuple[str, ...]]] = {}
        self._seed = seed

    def resume(self, records: Mapping[str, TableRecord]) -> None:
        """Make rows that are there already as they were made then."""
        for name, record in records.items():
            self.attempts[name] = dict(record.redrawn)
            self.left_out[name] = set(record.left_out)
            self.emptied[name] = set(record.emptied)
            self.older[name] = set(record.older)
        self._run = replace(self._run, redraws=self.attempts)

    def redraw(self, table: str, ordinals: Iterable[int]) -> None:
        """Move rows on to their next attempt."""
        attempts = self.attempts.setdefault(table, {})
        for ordinal in ordinals:
            attempts[ordinal] = attempts.get(ordinal, 0) + 1
        self._run = replace(self._run, redraws=self.attempts)

    def ahead(self, table: FillTable, chunks: Sequence[I64]) -> Iterator[tuple[I64, pa.RecordBatch]]:
        """Each chunk with its rows, the next one made while the caller is at work on this one.

        A column that the caller leaves out in the meantime is left out of it as well.
        """
        if len(chunks) == 1:
            yield chunks[0], self.batch(table, chunks[0])
            return
        with ThreadPoolExecutor(1, thread_name_prefix="generate") as pool:
            made_for, waiting = self._changes, pool.submit(self.batch, table, chunks[0])
            for place, chunk in enumerate(chunks):
                batch = waiting.result()
                if made_for != self._changes:
                    batch = self.batch(table, chunk)
                if place + 1 < len(chunks):
                    made_for, waiting = self._changes, pool.submit(self.batch, table, chunks[place + 1])
                yield chunk, batch

    def leave_out(self, table: str, columns: Iterable[str]) -> bool:
        """From now on leave columns to the database; false if they were already."""
        left = self.left_out.setdefault(table, set())
        before = len(left)
        left.update(columns)
        self._changes += 1
        return len(left) > before

    def refer_to_older(self, table: FillTable, relation: Relation) -> bool:
        """From now on let a reference lead to rows of others; false if there are none, or others share its columns."""
        shared = any(
            one is not relation and not set(one.columns).isdisjoint(relation.columns) for one in table.references
        )
        if shared or not rows_of_others(self._plan, relation):
            return False
        self.older.setdefault(table.key, set()).add(relation.columns)
        return True

    def batch(self, table: FillTable, ordinals: I64, *, deferred: bool = False) -> pa.RecordBatch:
        """Rows of a table as the database is to get them, under its own column names.

        Args:
            table: the table's plan.
            ordinals: which rows.
            deferred: the primary key and the deferred columns instead of all but these.
        """
        made = rows_at(self._run, table.key, ordinals)
        names, arrays = [], []
        primary = table.table.primary_key
        key = set(primary.columns) if primary else set()
        for column in table.columns:
            if column.generator is None or column.name in self.left_out.get(table.key, ()):
                continue
            wanted = (
                column.name in key or column.name in table.deferred if deferred else column.name not in table.deferred
            )
            if not wanted:
                continue
            values = made.column(column.engine)
            if column.name in self.emptied.get(table.key, ()):
                values = pa.nulls(len(values), values.type)
            names.append(column.name)
            arrays.append(values)
        for relation in table.references:
            if relation.columns in self.older.get(table.key, ()):
                others = OtherRows(self._plan, table, relation, self._seed)
                for name in set(relation.columns) & set(names):
                    place = names.index(name)
                    arrays[place] = others.column(name, ordinals, arrays[place])
        if not arrays:
            return pa.RecordBatch.from_struct_array(pa.array([{}] * len(ordinals), type=pa.struct([])))
        return pa.RecordBatch.from_arrays(arrays, names=names)
