"""Everything in a SQLite file that keeps rows."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from ...catalog import TableName
from ...ports import BOOKKEEPING_TABLES, Database
from ..contents import Contents, Holding, fetched
from .collations import missing_collations, read_without
from .session import quoted

# The tables behind a virtual one are its own.
_TABLES = """
SELECT l.name, l.type, s.sql FROM pragma_table_list AS l
JOIN sqlite_schema AS s ON s.type = 'table' AND s.name = l.name
WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name
"""
_COLUMNS = """
SELECT l.name, c.name FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c
WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') AND (l.type = 'table' OR c.hidden = 0) ORDER BY l.name, c.cid
"""
"""Views are left out before their columns are asked for: one that calls a function of its service cannot be looked at."""

_VIRTUAL = "virtual"
_MODULE = re.compile(r"\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE)
_OWN_TABLES = ("fts3", "fts4", "fts5", "geopoly", "rtree", "rtree_i32")
"""Modules of SQLite itself that keep their rows in tables of the same file, and give them back."""

_OF_OTHERS = ("fts3tokenize", "fts4aux", "fts5vocab", "dbstat")
"""Those that keep nothing: they show what another table holds."""

_WITHOUT_CONTENT = re.compile(r"\bcontent\s*=\s*(?:''|\"\")", re.IGNORECASE)


@contextmanager
def open_contents(database: Database) -> Iterator[Contents]:
    """One snapshot that cannot be written in; a file that is not there holds nothing, and is not made."""
    place = Path(database.location)
    if not place.exists():
        yield Contents(None, place.name, (), quoted, "text")
        return
    with database.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        read_without(driver, missing_collations(driver))
        yield Contents(connection, place.name, tuple(_holdings(connection)), quoted, "text")


def _holdings(connection: Connection) -> Iterator[Holding]:
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for table, column in fetched(connection, _COLUMNS):
        columns[str(table)].append(str(column))
    for name, kind, sql in fetched(connection, _TABLES):
        module = _module(str(sql)) if kind == _VIRTUAL else ""
        if name not in BOOKKEEPING_TABLES and module not in _OF_OTHERS:
            source = quoted(str(name))
            hidden = _hidden(connection, source, module, str(sql)) if kind == _VIRTUAL else ""
            yield Holding(TableName("", str(name)), source, tuple(columns.get(str(name), ())), hidden)


def _module(sql: str) -> str:
    found = _MODULE.search(sql)
    return found[1].lower() if found else ""


def _hidden(connection: Connection, source: str, module: str, sql: str) -> str:
    """Why nobody can look into a virtual table, if so."""
    if module not in _OWN_TABLES:
        return "it is a virtual table, whose rows may live elsewhere"
    if _WITHOUT_CONTENT.search(sql) and fetched(connection, f"SELECT EXISTS (SELECT 1 FROM {source})")[0][0]:
        return "it keeps an index of texts without the texts"
    return ""
