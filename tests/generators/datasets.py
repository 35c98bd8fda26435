"""Tiny datasets for tests: one table from a mapping of columns, generated and returned as an Arrow table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from generators import Run, compile_dataset, generate
from generators.engine import Dataset
from generators.providers import read_generator
from generators.spec import ColumnSpec, DatasetSpec, SizeSpec, TableSpec, UniqueSpec, parse_type

DAY = date(2026, 4, 6)
Columns = Mapping[str, tuple[str, Any]]


def one_table_dataset(columns: Columns, *, unique: tuple[str, ...] = (), name: str = "sample") -> Dataset:
    """A compiled dataset of the root table ``row``; a column is ``(type, generator as written in a file)``."""
    specs = tuple(
        ColumnSpec(column, parse_type(kind), read_generator(written), nullable=True)
        for column, (kind, written) in columns.items()
    )
    table = TableSpec("row", specs, unique=tuple(UniqueSpec((column,)) for column in unique))
    return compile_dataset(DatasetSpec(name, 1, DAY, SizeSpec("rows", "row", 100), (table,)))


def one_table(
    columns: Columns,
    *,
    rows: int = 1000,
    seed: int = 7,
    unique: tuple[str, ...] = (),
    epoch: date = DAY,
    as_of: date = DAY,
    start: int = 0,
    stop: int | None = None,
) -> pa.Table:
    """The rows of a one-table dataset.

    >>> one_table({"id": ("bigint", "key"), "name": ("text", {"given_name": {}})}, rows=2).num_rows
    2
    """
    run = Run(one_table_dataset(columns, unique=unique), seed, rows, as_of, epoch)
    return pa.Table.from_batches([item.batch for item in generate(run, start, stop)]).combine_chunks()


def values(written: Any, kind: str = "text", **arguments: Any) -> list[Any]:
    """One generator's values, as Python objects."""
    found: list[Any] = one_table({"value": (kind, written)}, **arguments).column("value").to_pylist()
    return found
