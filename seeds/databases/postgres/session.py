"""A bulk connection: Arrow batches through binary COPY in both directions, in explicit transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import pyarrow as pa
from adbc_driver_postgresql import dbapi

from generators.spec import ColumnSpec, TableSpec

from .refusals import refusals

_STAGED = "understudy_staged_keys"
_PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\?")


def quoted(name: str) -> str:
    """A name as a PostgreSQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class PostgresSession:
    """One ADBC connection; nothing is committed until :meth:`commit`."""

    def __init__(self, conninfo: str, location: str) -> None:
        self._location = location
        with refusals(location):
            self._connection = dbapi.connect(conninfo)
        # A commit need not wait for the disk: if a crash loses the tail, the record of those chunks is lost with
        # their rows, and they are made again.
        self.execute("SET synchronous_commit = off")
        self.commit()

    def __repr__(self) -> str:
        return f"PostgresSession({self._location!r})"

    def append(self, table: TableSpec, batch: pa.RecordBatch) -> None:
        """Insert rows through COPY; columns are matched by name."""
        self._ingest(table.name, batch)

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        """Run one statement with ``?`` placeholders; a ``?`` inside quotes is left alone."""
        with refusals(self._location), self._connection.cursor() as cursor:
            cursor.execute(_numbered(statement), parameters or None)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement with ``?`` placeholders and return its rows."""
        with refusals(self._location), self._connection.cursor() as cursor:
            cursor.execute(_numbered(statement), parameters or None)
            return list(cursor.fetchall())

    def read(
        self, table: TableSpec, columns: tuple[str, ...] = (), *, from_key: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows in no particular order, about 16 MB at a time; use up the iterator before the next statement."""
        chosen = [column for column in table.stored_columns if not columns or column.name in columns]
        schema = pa.schema([pa.field(column.name, column.type.arrow) for column in chosen])
        statement = f"SELECT {', '.join(map(_selected, chosen))} FROM {quoted(table.name)}"
        if from_key is not None:
            statement += f" WHERE {quoted(table.primary_key[0])} >= {int(from_key)}"
        with self._connection.cursor() as cursor:
            with refusals(self._location):
                cursor.execute(statement)
                reader = cursor.fetch_record_batch()
            while True:
                with refusals(self._location):
                    batch = next(reader, None)
                if batch is None:
                    return
                arrays = [_conformed(values, field.type) for values, field in zip(batch.columns, schema, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def delete(self, table: TableSpec, keys: pa.RecordBatch) -> int:
        """Delete by primary key: the keys are copied into a temporary table and joined."""
        if not keys.num_rows:
            return 0
        names = [quoted(name) for name in table.primary_key]
        target, staged = quoted(table.name), f"pg_temp.{_STAGED}"
        self.execute(
            f"CREATE TEMPORARY TABLE {_STAGED} ON COMMIT DROP AS SELECT {', '.join(names)} FROM {target} WITH NO DATA"
        )
        self._ingest(_STAGED, keys.select(list(table.primary_key)), temporary=True)
        same = " AND ".join(f"t.{name} = k.{name}" for name in names)
        ((deleted,),) = self.fetch(
            f"WITH gone AS (DELETE FROM {target} AS t USING {staged} AS k WHERE {same} RETURNING 1) "
            "SELECT count(*) FROM gone"
        )
        self.execute(f"DROP TABLE {staged}")
        return cast("int", deleted)

    def commit(self) -> None:
        with refusals(self._location):
            self._connection.commit()

    def rollback(self) -> None:
        with refusals(self._location):
            self._connection.rollback()

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        with refusals(self._location):
            self._connection.close()

    def _ingest(self, table: str, batch: pa.RecordBatch, *, temporary: bool = False) -> None:
        with refusals(self._location), self._connection.cursor() as cursor:
            cursor.adbc_ingest(table, batch, mode="append", temporary=temporary)


def _numbered(statement: str) -> str:
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] != "?":
            return match[0]
        count += 1
        return f"${count}"

    return _PLACEHOLDER.sub(number, statement)


def _selected(column: ColumnSpec) -> str:
    """The expression to read a column by; text where the binary form is not what the definition says.

    A ``char(n)`` comes padded, JSON and exact numbers in types of the driver's own.
    """
    name = quoted(column.name)
    if column.type.name in ("char", "json", "numeric"):
        return f"{name}::text{'[]' if column.type.array else ''} AS {name}"
    return name


def _conformed(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if isinstance(values, pa.ListArray) and isinstance(values.values, pa.ExtensionArray):
        values = pa.ListArray.from_arrays(values.offsets, values.values.storage, mask=values.is_null())
    return values if values.type.equals(kind) else values.cast(kind)
