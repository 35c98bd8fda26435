"""Rows of others that references lead to when a table that was to be filled has taken none of ours after all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from generators.providers.literals import literals
from generators.streams import mix64, stream_key

from ..planner.filling import FillPlan, FillTable, Relation

I64 = NDArray[np.int64]


def rows_of_others(plan: FillPlan, relation: Relation) -> list[tuple[object, ...]]:
    """What the rows that stood in a relation's table before hold in the columns referred to."""
    target = plan.tables.get(relation.target.key)
    values = target.table.existing.values if target is not None else {}
    if any(name not in values for name in relation.target_columns):
        return []
    rows = zip(*(values[name] for name in relation.target_columns), strict=True)
    return [row for row in rows if all(value is not None for value in row)]


class OtherRows:
    """Chooses one of them for each of a table's rows, always the same one for the same row.

    Where no two rows may refer to the same one, they are taken in turn.
    """

    def __init__(self, plan: FillPlan, table: FillTable, relation: Relation, seed: int) -> None:
        (spec,) = (one for one in plan.spec.tables if one.name == table.key)
        self._types = {column.name: column.type for column in spec.columns}
        self._engines = {column.name: column.engine for column in table.columns}
        self._columns = relation.columns
        self._rows = rows_of_others(plan, relation)
        self._key = stream_key(seed, f"{plan.spec.name}/{table.key}/{'/'.join(relation.columns)}/older")
        self._in_turn = any(
            key.columns and set(key.columns) <= set(relation.columns) and not key.predicate for key in table.table.keys
        )

    def column(self, name: str, ordinals: I64, made: pa.Array) -> pa.Array:
        """A column of the reference; empty where it was made empty."""
        place = self._columns.index(name)
        written = [_written(row[place]) for row in self._rows]
        values = literals(written, self._types[self._engines[name]])
        numbers = ordinals.view(np.uint64) if self._in_turn else mix64(ordinals.view(np.uint64), self._key)
        chosen = (numbers % np.uint64(len(written))).astype(np.int64)
        return values.take(pa.array(chosen, mask=np.asarray(made.is_null()) if made.null_count else None))


def _written(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) else str(value)
