"""Generators that reach beyond the row: references, look-ups, sums over children and keys made of several columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .definition import Rows, generator, parameter


@dataclass(frozen=True, slots=True)
class Reference:
    table: str = parameter("table", "a root table of another tree")


@generator("reference", output=("bigint",), parameters=Reference, default="table", examples=({"table": "product"},))
def reference(rows: Rows, parameters: Reference) -> pa.Array:
    """Keys of another tree's rows, chosen by consistent hashing so that growth moves few of them."""
    return pa.array(rows.reference(parameters.table))


@dataclass(frozen=True, slots=True)
class Lookup:
    table: str = parameter("table", "the table that is referred to")
    by: str = parameter("column", "the column that holds the reference")
    column: str = parameter("text", "the column wanted from the row referred to")


@generator(
    "lookup",
    output=("any",),
    parameters=Lookup,
    examples=({"table": "product", "by": "product_id", "column": "price"},),
)
def lookup(rows: Rows, parameters: Lookup) -> pa.Array:
    """A column of the row that a reference points to, recomputed rather than read."""
    return rows.lookup(parameters.table, rows.column(parameters.by), parameters.column)


@dataclass(frozen=True, slots=True)
class Aggregate:
    table: str = parameter("table", "a child table")
    column: str = parameter("text", "the child's column; not needed to count", default="")
    function: str = parameter("text", "what to do with it", default="sum", choices=("sum", "count", "min", "max"))


@generator(
    "aggregate",
    output=("any",),
    parameters=Aggregate,
    examples=({"table": "order_line", "column": "amount", "function": "sum"},),
)
def aggregate(rows: Rows, parameters: Aggregate) -> pa.Array:
    """The sum, count, smallest or largest of a column over the row's children."""
    return rows.aggregate(parameters.table, parameters.column, parameters.function)


@dataclass(frozen=True, slots=True)
class Digit:
    radices: list[Any] = parameter("list", "the sizes of the columns that are unique together")
    position: int = parameter("integer", "which of them this column is, from 0", minimum=0)
    group: str = parameter("text", "a name shared by the columns that belong together")

    def __post_init__(self) -> None:
        if self.position >= len(self.radices) or any(not isinstance(r, int) or r < 1 for r in self.radices):
            raise ValueError(f"position {self.position} and radices {self.radices!r} do not fit together")


@generator(
    "combination",
    output=("integer", "bigint", "smallint"),
    parameters=Digit,
    capacity=lambda parameters: int(np.prod(parameters.radices, dtype=object)),
    examples=({"radices": [10, 12], "position": 0, "group": "slot"},),
)
def combination(rows: Rows, parameters: Digit) -> pa.Array:
    """One digit of a mixed-radix number that is distinct on every row, so that several columns are unique together."""
    index = rows.unique_index(int(np.prod(parameters.radices, dtype=object)), parameters.group).view(np.int64)
    lower = int(np.prod(parameters.radices[parameters.position + 1 :], dtype=object))
    return pa.array(index // lower % parameters.radices[parameters.position])
