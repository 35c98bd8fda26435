"""Loading beside rows of others: keys and unique values are moved clear of theirs, once, before the first row.

Keys start above the largest key found. A unique column uses a window of its permuted domain; the values found are
carried back through the permutation, and the window is placed in the widest gap between them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from generators import Run
from generators.engine import Column, Table, unique_path
from generators.kernels import Permutation
from generators.providers import Bound

from .errors import ForeignRows
from .ports import Database


def choose_offsets(database: Database, run: Run) -> tuple[int, dict[str, int]]:
    """The id offset and the windows' starts that keep this run clear of every row present.

    Raises:
        ForeignRows: if a unique column's domain has no gap that is wide enough.
    """
    offset = 0
    shifts: dict[str, int] = {}
    for table in run.dataset.tables.values():
        if not table.spec.stored or not database.columns_of(table.name):
            continue
        for column in table.columns.values():
            if not column.unique or not column.spec.stored:
                continue
            if column.bound.definition.name == "key":
                largest = _largest(_values(database, table, column.name))
                offset = max(offset, largest // run.dataset.room(table.name) if largest >= 0 else 0)
                continue
            place = _place(table, column)
            if place is not None:
                source, indexes = place[0], place[1](_values(database, table, column.name))
                shift = _widest_gap(run, table, source, indexes)
                if shift:
                    shifts[f"{table.name}.{source.name}"] = shift
    return offset, shifts


def _values(database: Database, table: Table, column: str) -> pa.Array:
    session = database.session()
    try:
        batches = [batch.column(0) for batch in session.read(table.spec, (column,))]
        return pa.concat_arrays(batches) if batches else pa.array([], type=table.columns[column].spec.type.arrow)
    finally:
        session.close()


def _largest(values: pa.Array) -> int:
    return int(np.asarray(values.drop_null()).max(initial=-1)) if len(values) else -1


def _place(table: Table, column: Column):  # type: ignore[no-untyped-def]
    """The column whose index makes this one distinct, and how to find the index of a value."""
    bound: Bound = column.bound
    if bound.definition.name == "padded":
        source = table.columns[bound.parameters.column]
        if source.bound.definition.index_of is None:
            return None
        prefix = bound.parameters.prefix

        def unpad(values: pa.Array) -> NDArray[np.int64]:
            texts = [text[len(prefix) :] for text in values.to_pylist() if text and text.startswith(prefix)]
            numbers = pa.array([int(text) for text in texts if text.isdigit()], type=pa.int64())
            return source.bound.definition.index_of(source.bound.parameters, numbers)  # type: ignore[misc]

        return source, unpad
    if bound.definition.index_of is None:
        return None
    return column, lambda values: bound.definition.index_of(bound.parameters, values)  # type: ignore[misc]


def _widest_gap(run: Run, table: Table, column: Column, indexes: NDArray[np.int64]) -> int:
    taken = indexes[indexes >= 0]
    if not len(taken):
        return 0
    bound = column.bound
    assert bound.definition.capacity is not None
    capacity = bound.definition.capacity(bound.parameters)
    permutation = Permutation(capacity, run.seed, unique_path(run.dataset.name, table.name, column.name))
    positions = np.unique(permutation.inverse(np.unique(taken).view(np.uint64)).view(np.int64))
    starts = np.concatenate(([0], positions + 1))
    widths = np.concatenate((positions, [capacity])) - starts
    best = int(np.argmax(widths))
    needed = run.dataset.roots_at(table.root, run.units) * run.dataset.quota(table.name, column)
    if widths[best] < needed:
        raise ForeignRows(
            f"{table.name}.{column.name} needs {needed:,} values in a row of its domain of {capacity:,}, but the "
            f"{len(positions):,} values present leave {int(widths[best]):,}",
            code="FOREIGN_VALUES",
            hint="ask for fewer rows, or choose an empty database",
        )
    return int(starts[best])
