"""Everything in a MariaDB or MySQL database that keeps rows, older versions of them included."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from ...catalog import TableName
from ...ports import BOOKKEEPING_TABLES, Database
from ..contents import Contents, Holding, fetched
from .connection import quoted

_TABLES = """
SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE NOT IN ('VIEW', 'SYSTEM VIEW', 'SEQUENCE') ORDER BY TABLE_NAME
"""
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_OWN_ENGINES = frozenset(
    {"innodb", "myisam", "aria", "memory", "archive", "csv", "blackhole", "rocksdb", "tokudb", "ndbcluster"}
)
"""Engines that keep a table's rows on the server itself; of the others nobody knows where they are."""

_GRANT = re.compile(r"GRANT (.+?) ON (?:TABLE )?(\*|`(?:[^`]|``)*`)\.\* TO ")
_READS = re.compile(r"\b(?:ALL PRIVILEGES|SELECT)\b")


@contextmanager
def open_contents(database: Database) -> Iterator[Contents]:
    """One snapshot that cannot be written in."""
    with database.engine().connect() as connection:
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        ((name,),) = fetched(connection, "SELECT DATABASE()")
        yield Contents(connection, str(name), tuple(_holdings(connection, str(name))), quoted, "char")


def _holdings(connection: Connection, name: str) -> Iterator[Holding]:
    if not _sees_all([str(row[0]) for row in fetched(connection, "SHOW GRANTS")], name):
        yield Holding(TableName("", name), hidden="this login may not see every table of it")
    columns: defaultdict[str, list[str]] = defaultdict(list)
    for table, column in fetched(connection, _COLUMNS):
        columns[str(table)].append(str(column))
    for table, kind, engine in fetched(connection, _TABLES):
        if table not in BOOKKEEPING_TABLES:
            yield _holding(str(table), str(kind), str(engine or ""), tuple(columns[str(table)]))


def _holding(table: str, kind: str, engine: str, columns: tuple[str, ...]) -> Holding:
    past = " FOR SYSTEM_TIME ALL" if kind == "SYSTEM VERSIONED" else ""
    hidden = "" if engine.lower() in _OWN_ENGINES else "its rows may live elsewhere"
    return Holding(TableName("", table), quoted(table) + past, columns, hidden)


def _sees_all(grants: list[str], database: str) -> bool:
    """Whether the login may read the whole database: a table that it has no right to is not even listed."""
    if any(grant.startswith("REVOKE") for grant in grants):
        return False
    found = (_GRANT.match(grant) for grant in grants)
    return any(match and _READS.search(match[1]) and _covers(match[2], database) for match in found)


def _covers(place: str, database: str) -> bool:
    """Whether a grant's place, a pattern in which ``%`` and ``_`` stand for any letters, is the database."""
    if place == "*":
        return True
    pattern = ""
    for part in re.findall(r"\\.|.", place[1:-1].replace("``", "`"), re.S):
        pattern += {"%": ".*", "_": "."}.get(part, re.escape(part[-1]))
    return re.fullmatch(pattern, database, re.S) is not None
