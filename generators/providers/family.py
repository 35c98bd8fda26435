"""Members of the same family tree: a row that stands at a known place under a shared ancestor."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from ..spec import Expression
from .definition import Rows, generator, parameter


@dataclass(frozen=True, slots=True)
class Relative:
    """Where the relative stands and what is wanted from it."""

    table: str = parameter("table", "a table whose parent is an ancestor of this row, or this row's own table")
    column: str = parameter("text", "the column wanted from the relative")
    ordinal: Expression = parameter("expression", "its position in its part under the shared ancestor, from 0")
    part: str = parameter("text", "its part", default="row")


@generator(
    "relative",
    output=("any",),
    parameters=Relative,
    examples=({"table": "person", "ordinal": "0", "column": "id"},),
)
def relative(rows: Rows, parameters: Relative) -> pa.Array:
    """A column of the row at a given position under a shared ancestor; null where nobody stands there."""
    ordinals = rows.evaluate(parameters.ordinal)
    return rows.relative(parameters.table, parameters.part, ordinals, parameters.column)
