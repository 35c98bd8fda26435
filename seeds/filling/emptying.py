"""Columns left empty in single rows, where a constraint that only the database can judge refused value after value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from ..findings import Finding, Severity
from ..planner.filling import FillTable
from ..ports import RowWriter
from ..rejections import Reason, Rejection

_TRIES = 6
"""How often values are drawn again beside one that is empty already."""


Draw = Callable[[list[int], bool], pa.RecordBatch]
"""Rows by their places among those refused, as they are, or drawn anew."""


def put_in_emptied(
    writer: RowWriter, table: FillTable, others: Iterable[FillTable], draw: Draw, rejections: Sequence[Rejection]
) -> tuple[list[Rejection], list[Finding]]:
    """Put in rows without the values that were refused; a null passes most constraints.

    Where another constraint refuses the row then, its values are drawn again a few times before they go as well.

    Args:
        writer: what puts them in.
        table: whose rows they are.
        others: all tables, for what refers to this one.
        draw: makes the rows that were refused.
        rejections: why each of them was refused, in their order.

    Returns:
        Why rows are refused still, by their place, and what to tell of the others.
    """
    free = _free(table, others)
    by_check = {one.check: set(one.columns) & free for one in table.opaque}
    emptied: dict[int, set[str]] = {place: set() for place in range(len(rejections))}
    tries = dict.fromkeys(emptied, _TRIES)
    pending, left = list(enumerate(rejections)), []
    while pending:
        left += [_at(one, place) for place, one in pending if not _gain(one, by_check) - emptied[place]]
        able = [(place, one) for place, one in pending if _gain(one, by_check) - emptied[place]]
        anew = [place for place, _ in able if tries[place] < _TRIES]
        for place, one in able:
            emptied[place] |= set() if place in anew else _gain(one, by_check)
            tries[place] = tries[place] + 1 if place in anew else 0
        pending = []
        for places, fresh in ((anew, True), ([place for place, _ in able if place not in anew], False)):
            if places:
                rows = _without(draw(places, fresh), [emptied[place] for place in places])
                refused = writer.append_accepted(table.table, rows, limit=max(64, len(places)))
                pending += [(places[one.position], one) for one in refused]
    still = {one.position for one in left}
    counted = Counter(name for place, names in emptied.items() if place not in still for name in names)
    return sorted(left, key=lambda one: one.position), [
        _told(table, name, many) for name, many in sorted(counted.items())
    ]


def _at(one: Rejection, position: int) -> Rejection:
    return Rejection(one.reason, one.message, one.constraint, one.column, one.table, one.sqlstate, position)


def _gain(one: Rejection, by_check: dict[str, set[str]]) -> set[str]:
    return by_check.get(one.constraint, set()) if one.reason is Reason.CHECK else set()


def _free(table: FillTable, others: Iterable[FillTable]) -> set[str]:
    """Columns that may be empty, and that nothing else tells rows by or refers to."""
    referred = {
        name for other in others for relation in other.references if relation.target == table.table.name
        for name in relation.target_columns
    }  # fmt: skip
    keys = {name for key in table.table.keys for name in (*key.columns, *key.reads)}
    own = {column.name for column in table.table.columns if column.nullable and not column.type.not_null}
    made = {column.name for column in table.columns if column.generator is not None}
    return (own & made) - keys - referred


def _without(batch: pa.RecordBatch, emptied: Sequence[set[str]]) -> pa.RecordBatch:
    """The rows with null in the columns named for each."""
    arrays = []
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        kept = [None if name in names else place for place, names in enumerate(emptied)]
        arrays.append(values.take(pa.array(kept, pa.int64())))
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _told(table: FillTable, column: str, rows: int) -> Finding:
    return Finding(
        "COLUMN_LEFT_NULL",
        Severity.WARNING,
        table.key,
        f"{column} stays empty in {rows:,} rows: its constraint refused every value that was tried",
        "give the column a generator in a dataset file",
    )
