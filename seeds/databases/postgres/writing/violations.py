"""Which rows a predicate over a table's columns is false for, without putting them in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ....catalog import Column, Table
from ....rejections import Rejection, RowsRejected
from ..names import quoted
from .accepting import Rows, Search
from .channel import Channel
from .copying import copy_rows, rejection_at, taken
from .defaults import Defaults, evaluable, value_of
from .staging import POSITION, create_stage, positioned

_NAME = "understudy_tried"
_STAGE = f"pg_temp.{_NAME}"


class Violations:
    """Answers for one batch of one table."""

    def __init__(self, channel: Channel, defaults: Defaults, table: Table, batch: pa.RecordBatch) -> None:
        self._channel = channel
        self._defaults = defaults
        self._table = table
        self._batch = positioned(batch)

    def of(self, predicate: str) -> list[int]:
        """Positions, in order, where the predicate is false, fails, or has values that cannot be read.

        Raises:
            RowsRejected: the predicate cannot be understood.
        """
        with self._channel.attempt(keep=False):
            create_stage(self._channel, self._table, self._batch.schema.names, _NAME, positions=True)
            rows = self._batch.num_rows
            search = Search(self._stage, lambda *_: np.arange(0), lambda _: False, whole=False, limit=rows)
            unread = [rejection.position for rejection in search.run(rows)]
            return sorted(unread + self._false(predicate, 0, rows))

    def _stage(self, rows: Rows) -> Rejection | None:
        batch = taken(self._batch, rows)
        try:
            with self._channel.attempt(lambda error: rejection_at(error, self._table, batch)):
                copy_rows(self._channel, _STAGE, batch)
        except RowsRejected as refused:
            return refused.rejection
        return None

    def _query(self, predicate: str, start: int, stop: int) -> str:
        """Absent columns are what the table would make of them, generated ones last, since they read the others."""
        absent = [column for column in self._table.columns if column.name not in self._batch.schema.names]
        plain = "".join(f", {self._absent(column)}" for column in absent if not column.generated)
        made = "".join(
            f", CAST(({column.expression}) AS {column.type.name}) AS {quoted(column.name)}"
            for column in absent
            if column.generated
        )
        name = quoted(self._table.name.name)
        inner = f"SELECT s.*{plain} FROM {_STAGE} AS s WHERE s.{POSITION} >= {start} AND s.{POSITION} < {stop}"
        outer = f"SELECT {name}.*{made} FROM ({inner}) AS {name}"
        return f"SELECT {POSITION} FROM ({outer}) AS {name} WHERE NOT ({predicate})"

    def _absent(self, column: Column) -> str:
        tried = evaluable(column) and self._defaults.refusal(self._table, column) is None
        value = value_of(column) if tried else f"CAST(NULL AS {column.type.name})"
        return f"{value} AS {quoted(column.name)}"

    def _false(self, predicate: str, start: int, stop: int) -> list[int]:
        try:
            with self._channel.attempt():
                found = self._channel.rows(self._query(predicate, start, stop))
                return [int(str(position)) for (position,) in found]
        except RowsRejected as refused:
            if refused.rejection.sqlstate.startswith("42"):
                raise
            if stop - start == 1:
                return [start]
        middle = (start + stop) // 2
        return self._false(predicate, start, middle) + self._false(predicate, middle, stop)
