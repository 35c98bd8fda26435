"""A bulk connection to a SQLite file, in explicit transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from generators.spec import TableSpec

from .refusals import refusals
from .values import from_sqlite, to_sqlite

BUSY_SECONDS = 60.0
_READ_ROWS = 10_000


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class SqliteSession:
    """One connection; nothing is committed until :meth:`commit`."""

    def __init__(self, path: Path) -> None:
        self._location = str(path)
        with refusals(self._location):
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            # With a write-ahead log readers go on while chunks commit; a crash loses at most the last commits whole.
            self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")

    def __repr__(self) -> str:
        return f"SqliteSession({self._location!r})"

    def append(self, table: TableSpec, batch: pa.RecordBatch) -> None:
        """Insert rows; columns are matched by name."""
        names = ", ".join(map(quoted, batch.schema.names))
        places = ", ".join("?" * batch.num_columns)
        statement = f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({places})"
        self._execute_many(statement, batch)

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        with refusals(self._location):
            self._begin()
            self._connection.execute(statement, parameters)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement and return its rows, all at once."""
        with refusals(self._location):
            self._begin()
            return self._connection.execute(statement, parameters).fetchall()

    def read(
        self, table: TableSpec, columns: tuple[str, ...] = (), *, from_key: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows in no particular order, some thousand at a time; only reading, so that writers may go on."""
        chosen = [column for column in table.stored_columns if not columns or column.name in columns]
        schema = pa.schema([pa.field(column.name, column.type.arrow) for column in chosen])
        statement = f"SELECT {', '.join(quoted(column.name) for column in chosen)} FROM {quoted(table.name)}"
        if from_key is not None:
            statement += f" WHERE {quoted(*table.primary_key)} >= {int(from_key)}"
        with refusals(self._location):
            cursor = self._connection.execute(statement)
        while True:
            with refusals(self._location):
                rows = cursor.fetchmany(_READ_ROWS)
            if not rows:
                return
            arrays = [
                from_sqlite(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def delete(self, table: TableSpec, keys: pa.RecordBatch) -> int:
        same = " AND ".join(f"{quoted(name)} = ?" for name in table.primary_key)
        return self._execute_many(
            f"DELETE FROM {quoted(table.name)} WHERE {same}", keys.select(list(table.primary_key))
        )

    def commit(self) -> None:
        """Commit; foreign keys are checked here, so that rows of one chunk may come in any order."""
        with refusals(self._location):
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    def rollback(self) -> None:
        with refusals(self._location):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("PRAGMA defer_foreign_keys = ON")

    def _execute_many(self, statement: str, batch: pa.RecordBatch) -> int:
        with refusals(self._location):
            self._begin()
            rows = zip(*map(to_sqlite, batch.columns), strict=True)
            return self._connection.executemany(statement, rows).rowcount if batch.num_rows else 0
