"""Generation as a stream of record batches, for any range of a dataset's units, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import SpecError
from ..spec import TableSpec
from .block import Block, Run
from .digest import Digest, digest_of
from .plan import Dataset

BLOCK_ROWS = 200_000
"""Rows evaluated together: large enough to amortise each NumPy call, small enough to stay a few tens of megabytes."""

_SAMPLE_UNITS = 200

BLOCK_ROOTS = 65_536
"""Roots evaluated together in trees that do not follow the dataset's size one to one."""


@dataclass(frozen=True, slots=True)
class TableBatch:
    """Some rows of one stored table."""

    table: str
    batch: pa.RecordBatch


def generate(
    run: Run,
    start: int = 0,
    stop: int | None = None,
    *,
    tables: Collection[str] | None = None,
    columns: dict[str, tuple[str, ...]] | None = None,
    level: int | None = None,
    block_units: int | None = None,
) -> Iterator[TableBatch]:
    """Rows of the units in [start, stop), each table's rows after those they refer to inside the same families.

    Args:
        run: dataset, seed, dates and size.
        start: first unit.
        stop: end of the units, at most ``run.units``; the default is all.
        tables: only these tables.
        columns: only these columns of a table.
        level: only trees of this level (see :attr:`Dataset.levels`); the default is all, lowest first.
        block_units: units evaluated together; affects memory and speed, never values. The default follows the
            number of rows that the first units have in the wanted tables.

    Raises:
        SpecError: for a range outside the dataset.
        DomainTooSmallError: if the size does not fit a unique column.
    """
    stop = run.units if stop is None else stop
    if not 0 <= start <= stop <= run.units:
        raise SpecError(f"units {start} to {stop} lie outside the dataset's {run.units}")
    run.dataset.check_capacity(run.units, id_offset=run.id_offset, shifts=run.shifts)
    if block_units is None:
        block_units = units_for_rows(run, BLOCK_ROWS, tables)
    levels = run.dataset.levels if level is None else run.dataset.levels[level : level + 1]
    for roots in levels:
        for root in roots:
            wanted = [
                table.spec for table in run.dataset.tables.values()
                if table.root == root and table.spec.stored and (tables is None or table.name in tables)
            ]  # fmt: skip
            if wanted:
                for block in _blocks(run, root, start, stop, block_units):
                    yield from _emit(block, wanted, columns or {})


def _blocks(run: Run, root: str, start: int, stop: int, block_units: int) -> Iterator[Block]:
    size = run.dataset.spec.size
    if root != size.root:
        first, last = _root_range(run.dataset, root, start), _root_range(run.dataset, root, stop)
        for low in range(first, last, BLOCK_ROOTS):
            yield Block(run, root, np.arange(low, min(low + BLOCK_ROOTS, last), dtype=np.int64))
        return
    step = max(size.per_root, block_units - block_units % size.per_root)
    low = start
    while low < stop:
        high = min(stop, (low // step + 1) * step)
        ordinals = np.arange(low // size.per_root, -(-high // size.per_root), dtype=np.int64)
        yield Block(run, root, ordinals, (low, high))
        low = high


def _root_range(dataset: Dataset, root: str, units: int) -> int:
    """How many rows of a tree beside the main one come before a unit; trees of fixed size belong to unit 0."""
    return dataset.roots_at(root, units) if units else 0


def _emit(block: Block, tables: list[TableSpec], columns: dict[str, tuple[str, ...]]) -> Iterator[TableBatch]:
    for table in tables:
        owned = block.domain(table.name).owned
        if not owned.any():
            continue
        chosen = [c for c in table.stored_columns if table.name not in columns or c.name in columns[table.name]]
        arrays = [block.column(table.name, column.name) for column in chosen]
        batch = pa.RecordBatch.from_arrays(arrays, schema=schema_of(table, [column.name for column in chosen]))
        yield TableBatch(table.name, batch if owned.all() else batch.filter(pa.array(owned)))


def rows_at(run: Run, table: str, ordinals: NDArray[np.int64]) -> pa.RecordBatch:
    """The rows of a stored root table that have the given ordinals, in their order, whatever the dataset's size."""
    block, spec = Block(run, table, ordinals), run.dataset.tables[table].spec
    arrays = [block.column(table, column.name) for column in spec.stored_columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema_of(spec))


def schema_of(table: TableSpec, names: Collection[str] | None = None) -> pa.Schema:
    """The Arrow schema of a stored table, or of some of its columns."""
    return pa.schema(
        [
            pa.field(column.name, column.type.arrow, nullable=column.nullable)
            for column in table.stored_columns
            if names is None or column.name in names
        ]
    )


def partition(units: int, index: int, count: int) -> tuple[int, int]:
    """The units of part ``index`` (from 0) of ``count`` parts: disjoint, complete and of nearly equal size.

    Raises:
        SpecError: for a part that does not exist.
    """
    if count < 1 or not 0 <= index < count:
        raise SpecError(f"there is no part {index + 1} of {count}", hint="write for example 3/8")
    return units * index // count, units * (index + 1) // count


def digest_range(run: Run, start: int, stop: int) -> dict[str, Digest]:
    """Digests of the rows in a range of units, by table; tables without rows are there too."""
    sums = {table.name: Digest() for table in run.dataset.stored}
    for item in generate(run, start, stop):
        sums[item.table] += digest_of(item.batch)
    return sums


def count_range(
    run: Run, start: int, stop: int, *, tables: Collection[str] | None = None, block_units: int = 10_000
) -> dict[str, int]:
    """Exact numbers of rows in a range of units, by stored table, without making the rows' values."""
    rows = {table.name: 0 for table in run.dataset.stored if tables is None or table.name in tables}
    for roots in run.dataset.levels:
        for root in roots:
            for block in _blocks(run, root, start, stop, block_units):
                for name in rows:
                    if run.dataset.tables[name].root == root:
                        rows[name] += int(block.domain(name).owned.sum())
    return rows


def units_for_rows(run: Run, rows: int, tables: Collection[str] | None = None) -> int:
    """How many units make about so many rows of the tables, judged by the first units; whole roots, at least one."""
    sample, per_root = min(run.units, _SAMPLE_UNITS), run.dataset.spec.size.per_root
    made = sum(count_range(run, 0, sample, tables=tables).values()) if sample else 0
    units = max(1, round(rows * sample / made)) if made else rows
    return max(per_root, units - units % per_root)
