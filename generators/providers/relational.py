"""Generators that reach beyond the row: references, look-ups, sums over children and keys made of several columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..kernels import grid_place, jump_hash
from .definition import Rows, generator, parameter


@dataclass(frozen=True, slots=True)
class Reference:
    table: str = parameter("table", "a root table of another tree")
    pairing: str = parameter(
        "text",
        "hashed: any row; distinct: the row of the same ordinal, so that no two rows share one; earlier: in the table "
        "itself, a row before this one, and none for the first; previous: the row just before, likewise",
        default="hashed",
        choices=("hashed", "distinct", "earlier", "previous"),
    )
    radices: list[Any] = parameter(
        "list", "the sizes of several tables whose rows are combined, no combination twice; empty otherwise", default=()
    )
    position: int = parameter("integer", "which of the radices this table's is, from 0", default=0, minimum=0)
    unlike: str = parameter("column", "a column with another reference to the same table, to differ from", default="")
    below: str = parameter(
        "column", "a column with another reference to the same table, to lie before; that one skips a row", default=""
    )
    skip: int = parameter("integer", "how many rows at the table's beginning are left alone", default=0, minimum=0)

    def __post_init__(self) -> None:
        if self.radices and (
            self.position >= len(self.radices) or any(not isinstance(r, int) or r < 1 for r in self.radices)
        ):
            raise ValueError(f"position {self.position} and radices {self.radices!r} do not fit together")


@generator("reference", output=("bigint",), parameters=Reference, default="table", examples=({"table": "product"},))
def reference(rows: Rows, parameters: Reference) -> pa.Array:
    """Keys of another tree's rows, chosen by consistent hashing so that growth moves few of them."""
    if parameters.below:
        others = rows.column(parameters.below)
        first = rows.first_id(parameters.table)
        room = np.maximum(np.asarray(others.fill_null(0)) - first, 1)
        return pa.array(jump_hash(rows.bits("(below)"), room) + first, mask=np.asarray(others.is_null()))
    ids = rows.reference(parameters.table, skip=parameters.skip)
    if parameters.radices:
        places = grid_place(rows.ordinals(), parameters.radices, parameters.position)
        return pa.array(places + rows.first_id(parameters.table))
    if parameters.pairing == "distinct":
        return pa.array(rows.ordinals() + parameters.skip + rows.first_id(parameters.table))
    if parameters.pairing == "previous":
        return pa.array(rows.ids() - 1, mask=rows.ordinals() == 0)
    if parameters.pairing == "earlier":
        own = rows.ids()
        # The same hash over one row fewer: a row that would have chosen itself chooses the one before it.
        return pa.array(np.minimum(ids, own - 1), mask=rows.ordinals() == 0)
    if parameters.unlike:
        return _unlike(ids, rows.column(parameters.unlike), rows.first_id(parameters.table))
    return pa.array(ids)


def _unlike(ids: NDArray[np.int64], others: pa.Array, first: int) -> pa.Array:
    """The ids, moved to the row before (or, from the first row, after) where they equal the others."""
    known = np.asarray(others.fill_null(-1))
    clash = ids == known
    return pa.array(np.where(clash, np.where(ids > first, ids - 1, ids + 1), ids))


@dataclass(frozen=True, slots=True)
class SharedReference:
    tables: list[Any] = parameter("list", "root tables of other trees, each referred to by a column of its own")
    columns: list[Any] = parameter("list", "for each table, the columns in which the rows must agree")
    position: int = parameter("integer", "which of the tables this column refers to, from 0", minimum=0)
    group: str = parameter("text", "a name shared by the columns that belong together")
    distinct: bool = parameter("flag", "the first table's rows are taken in turn, each once while there are enough",
                               default=False)  # fmt: skip

    def __post_init__(self) -> None:
        if self.position >= len(self.tables) or len(self.columns) != len(self.tables):
            raise ValueError(f"position {self.position} and {len(self.columns)} lists do not fit {self.tables!r}")


@generator(
    "shared_reference",
    output=("bigint",),
    parameters=SharedReference,
    examples=(
        {
            "tables": ["product", "product"],
            "columns": [["price"], ["price"]],
            "position": 1,
            "group": "like",
        },
    ),
)
def shared_reference(rows: Rows, parameters: SharedReference) -> pa.Array:
    """Keys of rows in several other trees that agree in some of their columns."""
    return rows.shared(
        parameters.tables, parameters.columns, parameters.position, parameters.group, in_turn=parameters.distinct
    )


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
class Copy:
    column: str = parameter("column", "the column to repeat")


@generator("copy", output=("any",), parameters=Copy, default="column", examples=({"column": "net"},))
def copy(rows: Rows, parameters: Copy) -> pa.Array:
    """Another column of the row, whatever its name."""
    return rows.column(parameters.column)


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
