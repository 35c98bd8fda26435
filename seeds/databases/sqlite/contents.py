"""Everything in a SQLite file that keeps rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from ...catalog import TableName
from ...ports import BOOKKEEPING_TABLES, Database
from ..contents import Contents, Holding, fetched
from .session import quoted

# The tables behind a virtual one are its own.
_TABLES = """
SELECT name, type FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
"""
_COLUMNS = """
SELECT l.name, c.name FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c
WHERE l.schema = 'main' AND l.type = 'table' ORDER BY l.name, c.cid
"""
_VIRTUAL = "virtual"


@contextmanager
def open_contents(database: Database) -> Iterator[Contents]:
    """One snapshot that cannot be written in; a file that is not there holds nothing, and is not made."""
    place = Path(database.location)
    if not place.exists():
        yield Contents(None, place.name, (), quoted, "text")
        return
    with database.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        yield Contents(connection, place.name, tuple(_holdings(connection)), quoted, "text")


def _holdings(connection: Connection) -> Iterator[Holding]:
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for table, column in fetched(connection, _COLUMNS):
        columns[str(table)].append(str(column))
    for name, kind in fetched(connection, _TABLES):
        if name not in BOOKKEEPING_TABLES:
            hidden = "it is a virtual table, whose rows may live elsewhere" if kind == _VIRTUAL else ""
            yield Holding(TableName("", str(name)), quoted(str(name)), tuple(columns[str(name)]), hidden)
