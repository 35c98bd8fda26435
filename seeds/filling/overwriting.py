"""Triggers that give rows other keys than they are sent with: seen by looking for the first rows under theirs.

References are recomputed rather than read, so whoever refers to such a row would look for it where it is not. That is
said of the table as soon as its rows are in, and of those that need it before theirs are sent.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from ..findings import Finding, Severity
from ..planner.filling import FillTable, Relation
from ..ports import RowWriter
from ..rejections import RowsRejected
from .rows import I64, RowSource

_ROWS = 200

Columns = tuple[str, ...]
Overwritten = dict[str, frozenset[Columns]]
"""By table, the keys whose values in the database are not those that were sent."""


def overwritten_keys(
    writer: RowWriter, source: RowSource, table: FillTable, ordinals: I64, others: Iterable[FillTable]
) -> frozenset[Columns]:
    """The keys (its own, and those that others refer to) under which the first of a table's rows are not there.

    Args:
        writer: the connection that put them in.
        source: makes the rows as they were sent.
        table: a table that may have triggers.
        ordinals: its rows that were put in; at least one.
        others: all tables, for their references.
    """
    if not any(trigger.row and trigger.timing == "before" for trigger in table.table.triggers):
        return frozenset()
    primary = table.table.primary_key
    keys = {primary.columns} if primary else set()
    keys |= {one.target_columns for other in others for one in other.references if one.target == table.table.name}
    batch = source.batch(table, np.asarray(ordinals[:_ROWS]))
    sent = [columns for columns in keys if set(columns) <= set(batch.schema.names)]
    return frozenset(columns for columns in sent if not _there(writer, table, batch.select(list(columns))))


def _there(writer: RowWriter, table: FillTable, keys: pa.RecordBatch) -> bool:
    valid = keys
    for name in keys.schema.names:
        valid = valid.filter(valid.column(name).is_valid())
    try:
        return writer.present(table.table, valid) == len(valid)
    except RowsRejected:
        return True


def told(table: FillTable, keys: frozenset[Columns], others: Iterable[FillTable]) -> Finding:
    """What is known of a table whose keys a trigger overwrote, with those that refer to it."""
    needing = sorted(
        other.key for other in others
        if other.key != table.key and any(follows(table, keys, relation) for relation in other.references)
    )  # fmt: skip
    names = ", ".join(sorted({name for columns in keys for name in columns}))
    message = f"a trigger gives its rows other values in {names} than they are sent with"
    if needing:
        message += f", so {', '.join(needing[:5])} cannot refer to them"
    return Finding(
        "KEYS_OVERWRITTEN", Severity.WARNING, table.key, message,
        "let the trigger keep a value that is given (IF NEW.… IS NULL); until then verify and reset do not find them",
    )  # fmt: skip


def blocked(table: FillTable, relation: Relation) -> Finding:
    """Why a table that needs such rows gets none."""
    return Finding(
        "TABLE_BLOCKED", Severity.ERROR, table.key,
        f"{relation.name} needs a row of {relation.target}, whose keys a trigger overwrites",
        f"see the findings of {relation.target}",
    )  # fmt: skip


def follows(target: FillTable, keys: frozenset[Columns], relation: Relation) -> bool:
    """Whether a relation leads to keys of a table that are not as they were sent."""
    return relation.target == target.table.name and relation.target_columns in keys
