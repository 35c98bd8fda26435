"""Rows whose foreign key finds no target: all of them at once, where the server names but the constraint."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....catalog import ForeignKey, Table
from ....rejections import Rejection, RowsRejected
from ..names import qualified, quoted
from .channel import Channel
from .copying import copy_rows
from .staging import POSITION, create_stage, positioned

_STAGE = "understudy_orphans"


def orphans(channel: Channel, table: Table, batch: pa.RecordBatch, rejection: Rejection) -> NDArray[np.int64]:
    """Rows of a batch that the refused foreign key finds no target for, be it in its table or in the batch itself.

    None where that cannot be found out.
    """
    for key in table.foreign_keys:
        if key.name == rejection.constraint and set(key.columns) <= set(batch.schema.names):
            try:
                return _without_target(channel, table, key, batch)
            except RowsRejected:
                break
    return np.arange(0)


def _without_target(channel: Channel, table: Table, key: ForeignKey, batch: pa.RecordBatch) -> NDArray[np.int64]:
    inside = key.target == table.name and set(key.target_columns) <= set(batch.schema.names)
    columns = list(dict.fromkeys(key.columns + (key.target_columns if inside else ())))
    present = "OR" if key.match_full else "AND"
    given = f" {present} ".join(f"s.{quoted(column)} IS NOT NULL" for column in key.columns)
    absent = _absent(key, qualified(key.target)) + (f" AND {_absent(key, f'pg_temp.{_STAGE}')}" if inside else "")
    with channel.attempt(keep=False):
        create_stage(channel, table, columns, _STAGE, positions=True)
        copy_rows(channel, f"pg_temp.{_STAGE}", positioned(batch.select(columns)))
        found = channel.rows(
            f"SELECT s.{POSITION} FROM pg_temp.{_STAGE} AS s WHERE ({given}) AND {absent} ORDER BY s.{POSITION}"
        )
    return np.array(found, dtype=np.int64).reshape(-1)


def _absent(key: ForeignKey, target: str) -> str:
    pairs = zip(key.target_columns, key.columns, strict=True)
    same = " AND ".join(f"t.{quoted(theirs)} = s.{quoted(ours)}" for theirs, ours in pairs)
    return f"NOT EXISTS (SELECT FROM {target} AS t WHERE {same})"
