"""A bulk connection: Arrow batches as multi-row INSERTs, in explicit transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from generators.spec import TableSpec

from ...catalog import Column, DataType, ForeignKey, Kind, Table, TableName, UniqueKey
from ...errors import TargetError
from ...rejections import RowsRejected
from .connection import MariadbConnection, quoted
from .values import received
from .writer import MariadbWriter

_READ_ROWS = 10_000
# The one spelling of the bookkeeping's statements that this server has not.
_CLAIM = re.compile(r"\A(INSERT INTO \w+ \((\w+).*) ON CONFLICT DO NOTHING RETURNING \w+\Z", re.S)


class MariadbSession:
    """One connection; nothing is committed until :meth:`commit`."""

    def __init__(self, arguments: Mapping[str, Any], location: str) -> None:
        self._connection = MariadbConnection(arguments, location)
        self._writer = MariadbWriter(self._connection)
        self._location = location

    def __repr__(self) -> str:
        return f"MariadbSession({self._location!r})"

    def append(self, table: TableSpec, batch: pa.RecordBatch) -> None:
        """Insert rows; columns are matched by name, and rows may come before those they refer to."""
        try:
            self._writer.append(_described(table), batch)
        except RowsRejected as refused:
            message = f"{self._location}: {refused.rejection.message}"
            raise TargetError(message, code="CONSTRAINT_VIOLATED") from refused

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        self._connection.execute(statement, parameters)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement with ``?`` placeholders and return its rows.

        ``INSERT … ON CONFLICT DO NOTHING RETURNING`` gives one row if it inserted one, waiting for others first.
        """
        claim = _CLAIM.match(statement)
        if claim is None:
            return self._connection.fetch(statement, parameters)
        first = claim[2]
        changed = self._connection.execute(f"{claim[1]} ON DUPLICATE KEY UPDATE {first} = {first}", parameters)
        return [(changed,)] if changed else []

    def read(
        self, table: TableSpec, columns: tuple[str, ...] = (), *, from_key: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows in no particular order, some thousand at a time; use up the iterator before the next statement."""
        chosen = [column for column in table.stored_columns if not columns or column.name in columns]
        schema = pa.schema([pa.field(column.name, column.type.arrow) for column in chosen])
        statement = f"SELECT {', '.join(quoted(column.name) for column in chosen)} FROM {quoted(table.name)}"
        if from_key is not None:
            statement += f" WHERE {quoted(table.primary_key[0])} >= {int(from_key)}"
        for rows in self._connection.stream(statement, _READ_ROWS):
            arrays = [
                received(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def delete(self, table: TableSpec, keys: pa.RecordBatch) -> int:
        try:
            return self._writer.delete(_described(table), keys.select(list(table.primary_key)))
        except RowsRejected as refused:
            message = f"{self._location}: {refused.rejection.message}"
            raise TargetError(message, code="CONSTRAINT_VIOLATED") from refused

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


def _described(table: TableSpec) -> Table:
    """As much of a definition as the order of its rows depends on."""
    return Table(
        TableName("", table.name),
        tuple(
            Column(column.name, DataType(Kind.OTHER, column.type.name), nullable=column.nullable)
            for column in table.stored_columns
        ),
        keys=(UniqueKey("PRIMARY", table.primary_key, primary=True),) if table.primary_key else (),
        foreign_keys=tuple(
            ForeignKey(f"{table.name}_{key.column}", (key.column,), TableName("", key.table), (key.target,))
            for key in table.foreign_keys
        ),
    )
