"""Taking rows out by their values; of tables that refer to one another in a circle, all at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ...catalog import Table
from ...rejections import Reason, Rejection, RowsRejected
from .session import quoted
from .writer_statements import STAGED, insertion

Columns = Mapping[str, Sequence[object]]
"""Values of rows by column, as the driver takes them."""

_CHILDREN = (
    "SELECT DISTINCT m.name FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS k "
    "WHERE m.type = 'table' AND k.\"table\" = ? COLLATE NOCASE"
)
_DANGLING = "SELECT COUNT(*) FROM pragma_foreign_key_check(?) WHERE parent = ? COLLATE NOCASE"


def delete(connection: sqlite3.Connection, table: Table, columns: Columns) -> int:
    """Delete in one statement, so that rows of the table that refer to each other can go together."""
    same = " AND ".join(f"k.{quoted(name)} IS t.{quoted(name)}" for name in columns)
    with _staged(connection, columns):
        return connection.execute(
            f"DELETE FROM {quoted(table.name.name)} AS t WHERE EXISTS (SELECT 1 FROM {STAGED} AS k WHERE {same})"
        ).rowcount


def delete_together(connection: sqlite3.Connection, parts: Sequence[tuple[Table, Columns]]) -> tuple[int, ...]:
    """Delete rows of several tables, and look at the foreign keys to them when all are gone.

    Raises:
        RowsRejected: rows refer to them still.
    """
    tables = [table for table, _ in parts]
    before = _dangling(connection, tables)
    connection.execute("PRAGMA defer_foreign_keys = ON")
    try:
        found = tuple(delete(connection, table, columns) for table, columns in parts)
        if _dangling(connection, tables) > before:
            raise RowsRejected(Rejection(Reason.FOREIGN_KEY, "rows refer to rows that were to be deleted"))
    finally:
        connection.execute("PRAGMA defer_foreign_keys = OFF")
    return found


def present(connection: sqlite3.Connection, table: Table, columns: Columns) -> int:
    """How many of the rows of values there is a row for."""
    same = " AND ".join(f"t.{quoted(name)} IS k.{quoted(name)}" for name in columns)
    with _staged(connection, columns):
        ((rows,),) = connection.execute(
            f"SELECT COUNT(*) FROM {STAGED} AS k WHERE EXISTS (SELECT 1 FROM {quoted(table.name.name)} AS t WHERE {same})"
        )
    return int(rows)


@contextmanager
def _staged(connection: sqlite3.Connection, columns: Columns) -> Iterator[None]:
    """The values in a temporary table, with an index over all of them; gone afterwards."""
    names = ", ".join(map(quoted, columns))
    connection.execute(f"CREATE TABLE {STAGED} ({names})")
    connection.executemany(insertion(STAGED, columns), zip(*columns.values(), strict=True))
    connection.execute(f"CREATE INDEX {STAGED}_values ON {STAGED.rpartition('.')[2]} ({names})")
    yield
    connection.execute(f"DROP TABLE {STAGED}")


def _dangling(connection: sqlite3.Connection, tables: Sequence[Table]) -> int:
    """How many rows refer to rows of the tables that are not there."""
    found = 0
    for table in tables:
        for (child,) in connection.execute(_CHILDREN, (table.name.name,)).fetchall():
            ((rows,),) = connection.execute(_DANGLING, (child, table.name.name)).fetchall()
            found += int(rows)
    return found
