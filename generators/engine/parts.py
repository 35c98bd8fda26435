"""How many rows a parent has: what a part's count may say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import SpecError, UnknownNameError
from ..spec import CountSpec, PartSpec

if TYPE_CHECKING:
    from .plan import Table

_MOST_DRAWS = 4096


def check_parts(tables: Mapping[str, Table], table: Table) -> None:
    """Refuse parts that cannot be told apart, and counts that cannot be made or do not fit their maximum.

    Raises:
        UnknownNameError: for a size column that does not exist.
        SpecError: for everything else.
    """
    where, parts = ("tables", table.name), table.spec.parts
    if len({part.name for part in parts}) < len(parts):
        raise SpecError("two parts have the same name", where=where)
    if len(parts) > 1 and any(part.count.kind in ("fill", "sized") for part in parts):
        raise SpecError("a part that fills a total must be the table's only part", where=where)
    for part in parts:
        _check_part(tables, table, part, (*where, "parts", part.name))


def _check_part(tables: Mapping[str, Table], table: Table, part: PartSpec, where: tuple[str, ...]) -> None:
    count = part.count
    if part.maximum < 1:
        raise SpecError(f"the maximum must be at least 1, got {part.maximum}", where=where)
    if count.kind == "fixed" and count.rows < 0:
        raise SpecError(f"a number of rows is at least 0, got {count.rows}", where=where)
    if count.kind in ("choice", "fill"):
        _check_weights(count, where)
    most = _most(count)
    if most is not None and most > part.maximum:
        raise SpecError(f"up to {most} rows are asked for, but the maximum is {part.maximum}", where=where)
    if count.kind in ("fill", "sized"):
        if count.size not in table.columns:
            raise UnknownNameError("column", count.size, table.columns, where=where)
        if most is not None and most > _MOST_DRAWS:
            raise SpecError(f"a fill of {count.total} takes up to {most} draws, more than {_MOST_DRAWS}", where=where)
    if count.kind == "rows_of":
        sibling = tables[count.table]
        if sibling.spec.parent != table.spec.parent:
            raise SpecError(f"{count.table} is not a child of {table.spec.parent}", where=where)


def _check_weights(count: CountSpec, where: tuple[str, ...]) -> None:
    weights = [weight for _, weight in count.weights]
    if not all(0 <= weight < math.inf for weight in weights) or not sum(weights) > 0:
        raise SpecError("weights are at least 0, and one of them is above it", where=where)
    least = 1 if count.kind == "fill" else 0
    if min(value for value, _ in count.weights) < least or (least and count.total < 1):
        raise SpecError(
            f"a {count.kind} needs {'a total and ' if least else ''}counts of at least {least}", where=where
        )


def _most(count: CountSpec) -> int | None:
    if count.kind == "fixed":
        return count.rows
    if count.kind == "choice":
        return max((value for value, weight in count.weights if weight), default=0)
    if count.kind == "fill":
        return -(-count.total // min((value for value, _ in count.weights), default=1))
    return None
